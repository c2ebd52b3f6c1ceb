import type { Change } from "../model/plan.ts";
import { EMPTY_SNAPSHOT, type Question, type Snapshot } from "../model/snapshot.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { createFacts } from "./facts/facts.ts";
import type { PlanOptions } from "./facts/plan-options.ts";
import type { Moment, RuleInput } from "./rules/rule.ts";
import { runRules } from "./rules/run.ts";

/** An earlier plan, with the moment whose rules run on it. */
export type Recheck = {
  readonly changes: readonly Change[];
  readonly manifest: SyncManifest;
  readonly moment: Moment;
  readonly options: PlanOptions;
};

/** Returns the questions that {@link recheckPlan} needs answered. */
export function recheckQuestions(
  { changes, manifest, moment, options }: Recheck,
  snapshot: Snapshot,
): readonly Question[] {
  const input = ruleInputOf(changes, manifest, { options, snapshot });
  runRules(moment, input);
  return input.facts.questions();
}

/** Returns the changes after the rules of the moment. */
export function recheckPlan({ changes, manifest, moment, options }: Recheck, snapshot: Snapshot): readonly Change[] {
  const input = ruleInputOf(changes, manifest, { options, snapshot });
  const ruled = runRules(moment, input).changes.filter((change) => change !== undefined);
  const open = input.facts.questions().length;
  if (open > 0 || ruled.length < changes.length) throw new Error(`the snapshot leaves ${open} questions open`);
  return ruled;
}

/** An earlier plan as input for rules. */
export function ruleInputOf(
  changes: readonly Change[],
  manifest: SyncManifest,
  { options = {}, snapshot = EMPTY_SNAPSHOT }: { readonly options?: PlanOptions; readonly snapshot?: Snapshot } = {},
): RuleInput {
  return { manifest, facts: createFacts(snapshot), options, mappings: [], failures: [], changes };
}
