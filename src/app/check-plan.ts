import type { Plan } from "../model/plan.ts";
import { formatRepository, type TagReference } from "../model/reference.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { isImmutable } from "../model/tag-policy.ts";
import { recheckPlan, recheckQuestions } from "../planner/recheck.ts";
import type { Moment } from "../planner/rules/rule.ts";
import { readFacts } from "./read-facts.ts";
import type { Session } from "./session/session.ts";
import { whatHostsOffer } from "./what-hosts-offer.ts";

export type CheckedPlan = {
  /** Updated with the current state of the registries. */
  readonly plan: Plan;
  /** Whether the registry enforces immutability for a tag. */
  readonly isProtected: (target: TagReference) => boolean;
};

/** Applies the rules that check again what may have changed or been edited since the plan was saved. */
export async function checkSaved(session: Session, plan: Plan): Promise<Plan> {
  return (await recheck(session, plan, "saved")).plan;
}

/**
 * Checks a plan before it is applied. Registries are queried again for a saved plan; for a plan of this run, the answers are already known.
 */
export async function checkPlan(session: Session, plan: Plan): Promise<CheckedPlan> {
  const { plan: checked, snapshot } = await recheck(session, plan, "applied");
  return {
    plan: checked,
    isProtected: ({ repository, tag }) => {
      const answer = snapshot.tagPolicies.get(formatRepository(repository));
      return answer?.kind === "found" && isImmutable(answer.value, tag);
    },
  };
}

async function recheck(
  session: Session,
  plan: Plan,
  moment: Moment,
): Promise<{ readonly plan: Plan; readonly snapshot: Snapshot }> {
  const { registries, manifest, signatures, clock } = session;
  const request = {
    changes: plan.changes,
    manifest,
    moment,
    options: { now: clock.now(), ...whatHostsOffer(session) },
  };
  const snapshot = await readFacts(session, {
    ask: (known) => recheckQuestions(request, known),
    hosts: registries.hosts,
    signatures,
  });
  return { plan: { ...plan, changes: recheckPlan(request, snapshot) }, snapshot };
}
