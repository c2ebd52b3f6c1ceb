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
  /** With what the registries say now. */
  readonly plan: Plan;
  /** Whether the registry keeps a tag immutable. */
  readonly isProtected: (target: TagReference) => boolean;
};

/** A saved plan after the rules that look again at what could have changed or been edited since. */
export async function checkSaved(session: Session, plan: Plan): Promise<Plan> {
  return (await recheck(session, plan, "saved")).plan;
}

/**
 * What registries say about the targets of a plan, asked anew for one that was saved; of a plan of this run they have been asked,
 * and are not asked again.
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
  const { registries, manifest, clock } = session;
  const request = {
    changes: plan.changes,
    manifest,
    moment,
    options: { now: clock.now(), ...whatHostsOffer(session) },
  };
  const snapshot = await readFacts(session, {
    ask: (known) => recheckQuestions(request, known),
    hosts: registries.hosts,
  });
  return { plan: { ...plan, changes: recheckPlan(request, snapshot) }, snapshot };
}
