import type { Plan } from "../model/plan.ts";
import type { Question, Snapshot } from "../model/snapshot.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { evaluate } from "./evaluate.ts";
import type { PlanOptions } from "./facts/plan-options.ts";
import { createFacts } from "./facts/facts.ts";
import { defined } from "../model/defined.ts";
import type { Ruled } from "./rules/run.ts";

/** Asks for the facts of a plan and makes it. */
export type Planner = {
  /** Like `nextQuestions`. */
  readonly ask: (snapshot: Snapshot) => readonly Question[];
  /** Like {@link makePlan}, without evaluating a snapshot again that left no questions. */
  readonly plan: (snapshot: Snapshot) => Plan;
};

export function createPlanner(manifest: SyncManifest, options: PlanOptions = {}): Planner {
  let complete: { readonly snapshot: Snapshot; readonly ruled: Ruled } | undefined;
  return {
    ask: (snapshot) => {
      const facts = createFacts(snapshot);
      const ruled = evaluate(manifest, facts, options);
      const questions = facts.questions();
      complete = questions.length === 0 ? { snapshot, ruled } : undefined;
      return questions;
    },
    plan: (snapshot) =>
      complete?.snapshot === snapshot ? toPlan(manifest, complete.ruled) : makePlan(manifest, snapshot, options),
  };
}

/**
 * Compares the manifest with the answers of the registries. Changes are in the order of the manifest. The snapshot must answer all of
 * `nextQuestions`.
 */
export function makePlan(manifest: SyncManifest, snapshot: Snapshot, options: PlanOptions = {}): Plan {
  const facts = createFacts(snapshot);
  const ruled = evaluate(manifest, facts, options);
  const open = facts.questions();
  if (open.length > 0) throw new Error(`the snapshot leaves ${open.length} questions open`);
  return toPlan(manifest, ruled);
}

function toPlan(manifest: SyncManifest, { changes, failures }: Ruled): Plan {
  const known = changes.filter((change) => change !== undefined);
  return {
    manifestHash: manifest.hash,
    changes: known,
    ...defined({ manifest: manifest.name, failures: failures.length === 0 ? undefined : failures }),
  };
}
