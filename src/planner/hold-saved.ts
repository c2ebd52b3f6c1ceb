import type { Change } from "../model/plan.ts";
import type { Question, Snapshot } from "../model/snapshot.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { type AgeOptions, holdBack } from "./age.ts";
import { createFacts, type Facts } from "./facts.ts";
import { wishing } from "./saved-plan.ts";

type Saved = { readonly changes: readonly Change[]; readonly manifest: SyncManifest };

/**
 * The changes of a saved plan with those held back that are too young by the manifest of now: somebody may have edited the plan, and
 * an age is not written in it. Undefined in the place of what needs more facts.
 */
export function holdSavedBack(
  { changes, manifest }: Saved,
  facts: Facts,
  options: AgeOptions,
): readonly (Change | undefined)[] {
  if (manifest.entries.every(({ minAgeMs }) => minAgeMs === undefined)) return changes;
  return changes.map((change) => holdBack(change, wishing(change, manifest), facts, options));
}

/** The questions of {@link holdSavedBack}. */
export function ageQuestions(saved: Saved, snapshot: Snapshot, options: AgeOptions): readonly Question[] {
  const facts = createFacts(snapshot);
  holdSavedBack(saved, facts, options);
  return facts.questions();
}
