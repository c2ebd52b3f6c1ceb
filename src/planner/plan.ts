import type { Plan } from "../model/plan.ts";
import type { Question, Snapshot } from "../model/snapshot.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { foundBy } from "./facts/catalogs.ts";
import { evaluate } from "./evaluate.ts";
import type { PlanOptions } from "./facts/plan-options.ts";
import { createFacts, type Facts } from "./facts/facts.ts";
import { divide } from "./shards/shards.ts";
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
  let complete: { readonly snapshot: Snapshot; readonly evaluated: Evaluated } | undefined;
  return {
    ask: (snapshot) => {
      const evaluated = evaluateSnapshot(manifest, snapshot, options);
      const questions = evaluated.facts.questions();
      complete = questions.length === 0 ? { snapshot, evaluated } : undefined;
      return questions;
    },
    plan: (snapshot) =>
      complete?.snapshot === snapshot
        ? toPlan(manifest, complete.evaluated, options)
        : makePlan(manifest, snapshot, options),
  };
}

/**
 * Compares the manifest with the answers of the registries. Changes are in the order of the manifest. The snapshot must answer all of
 * `nextQuestions`.
 */
export function makePlan(manifest: SyncManifest, snapshot: Snapshot, options: PlanOptions = {}): Plan {
  const evaluated = evaluateSnapshot(manifest, snapshot, options);
  const open = evaluated.facts.questions();
  if (open.length > 0) throw new Error(`the snapshot leaves ${open.length} questions open`);
  return toPlan(manifest, evaluated, options);
}

type Evaluated = { readonly facts: Facts; readonly ruled: Ruled };

function evaluateSnapshot(manifest: SyncManifest, snapshot: Snapshot, options: PlanOptions): Evaluated {
  const facts = createFacts(snapshot);
  return { facts, ruled: evaluate(manifest, facts, options) };
}

function toPlan(manifest: SyncManifest, { facts, ruled }: Evaluated, { shards }: PlanOptions): Plan {
  const { changes, failures } = ruled;
  const plan: Plan = {
    manifestHash: manifest.hash,
    changes: changes.filter((change) => change !== undefined),
    ...foundBy(manifest),
    ...defined({ manifest: manifest.name, failures: failures.length === 0 ? undefined : failures }),
  };
  return shards === undefined ? plan : { ...plan, shards: divide(plan, shards, facts) };
}
