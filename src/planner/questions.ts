import type { Question, Snapshot } from "../model/snapshot.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { evaluate } from "./evaluate.ts";
import type { PlanOptions } from "./facts/plan-options.ts";
import { createFacts } from "./facts/facts.ts";

/**
 * Returns the open questions of a plan without duplicates. Called again with the answers in the snapshot until none is left. No question is
 * asked twice, and none that cannot affect the plan.
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
