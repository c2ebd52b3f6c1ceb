import type { Question, Snapshot } from "../model/snapshot.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { evaluate } from "./evaluate.ts";
import type { PlanOptions } from "./facts/plan-options.ts";
import { createFacts } from "./facts/facts.ts";

/**
 * What still has to be known before a plan can be made, each question once. Asked again with the answers in the snapshot
 * until nothing is left. No question is asked twice, and none whose answer could change nothing.
 */
export function nextQuestions(
  manifest: SyncManifest,
  snapshot: Snapshot,
  options: PlanOptions = {},
): readonly Question[] {
  const facts = createFacts(snapshot);
  evaluate(manifest, facts, options);
  return facts.questions();
}
