import type { Change, EntryFailure } from "../../model/plan.ts";
import { RULES, type RuleStep, type Step } from "./list.ts";
import type { Moment, RuleInput } from "./rule.ts";

/** The changes after the rules; undefined for a change that needs more facts. */
export type Ruled = {
  readonly changes: readonly (Change | undefined)[];
  readonly failures: readonly EntryFailure[];
};

/** A change as far as it is known, and whether it is decided. */
type State = { readonly change: Change | undefined; readonly isDecided: boolean };

/** Runs all rules of a moment on the changes, as far as the facts allow. */
export function runRules(moment: Moment, input: RuleInput): Ruled {
  const { facts } = input;
  let states = input.changes.map((change): State => ({ change, isDecided: change !== undefined }));
  let failures = input.failures;
  for (const pass of passesOf(RULES.filter(({ at }) => at.includes(moment)))) {
    const isWaiting = states.some(({ isDecided }) => !isDecided) || facts.questions().length > 0;
    if (pass[0]?.waits === "plan" && isWaiting) break;
    const now = { ...input, failures, changes: states.map(({ change }) => change) };
    const looks = pass.flatMap((step) => ("rule" in step ? [{ look: step.rule(now), waits: step.waits }] : []));
    states = states.map((state) => takeThrough(looks, state));
    const added = pass.flatMap((step) => ("adds" in step ? [step.adds(now)] : []));
    states = states.concat(added.flatMap(({ changes }) => changes).map((change) => ({ change, isDecided: true })));
    failures = failures.concat(added.flatMap((one) => one.failures));
  }
  return { changes: states.map(({ change, isDecided }) => (isDecided ? change : undefined)), failures };
}

/** Groups steps into passes. Within a pass, a change goes through all steps before the next change does. */
function passesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const passes: Step[][] = [];
  for (const step of steps) {
    const pass = passes.at(-1);
    const isAddition = "adds" in step || (pass?.some((earlier) => "adds" in earlier) ?? false);
    if (pass === undefined || isAddition || step.waits === "plan") passes.push([step]);
    else pass.push(step);
  }
  return passes;
}

type Look = { readonly look: ReturnType<RuleStep["rule"]>; readonly waits: Step["waits"] };

/** If facts are missing, the next rules see the unaltered change, so that all ask in one round. Rules that wait do not run. */
function takeThrough(looks: readonly Look[], state: State): State {
  let { change, isDecided } = state;
  if (change === undefined) return state;
  for (const { look, waits } of looks) {
    if (!isDecided && waits === "change") break;
    const next = look(change);
    if (next === undefined) isDecided = false;
    else change = next;
  }
  return { change, isDecided };
}
