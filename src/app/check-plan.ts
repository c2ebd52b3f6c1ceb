import { isArtifactRegistryHost } from "../model/artifact-registry-host.ts";
import type { Plan } from "../model/plan.ts";
import { formatRepository, type TagReference } from "../model/reference.ts";
import { isImmutable } from "../model/tag-policy.ts";
import { consultHosts, hostQuestions } from "../planner/consult-hosts.ts";
import { createFacts } from "../planner/facts.ts";
import { ageQuestions, holdSavedBack } from "../planner/hold-saved.ts";
import { readFacts } from "./read-facts.ts";
import type { Session } from "./session/session.ts";

export type CheckedPlan = {
  /** With what the registries say now. */
  readonly plan: Plan;
  /** Whether the registry keeps a tag immutable. */
  readonly isProtected: (target: TagReference) => boolean;
};

/** A saved plan with what is too young by the clock of now held back: its own word is not taken for it. */
export async function holdYoungBack(session: Session, plan: Plan): Promise<Plan> {
  const { settings, manifest, clock } = session;
  const saved = { changes: plan.changes, manifest };
  const options = {
    now: clock.now(),
    listsDigests: (host: string): boolean => isArtifactRegistryHost(host, settings.universes),
  };
  const snapshot = await readFacts(session, { ask: (known) => ageQuestions(saved, known, options) });
  const changes = holdSavedBack(saved, createFacts(snapshot), options).filter((change) => change !== undefined);
  return { ...plan, changes };
}

/**
 * What registries say about the targets of a plan, asked anew for one that was saved; of a plan of this run they have been asked,
 * and are not asked again.
 */
export async function checkPlan(session: Session, plan: Plan): Promise<CheckedPlan> {
  const { hosts } = session.registries;
  if (hosts === undefined) return { plan, isProtected: () => false };
  const tellsMore = (host: string): boolean => hosts.productOf(host) !== undefined;
  const snapshot = await readFacts(session, {
    ask: (known) => hostQuestions(plan.changes, known, tellsMore),
    hosts,
  });
  const consulted = consultHosts(plan.changes, createFacts(snapshot), tellsMore);
  return {
    plan: { ...plan, changes: consulted.filter((change) => change !== undefined) },
    isProtected: ({ repository, tag }) => {
      const answer = snapshot.tagPolicies.get(formatRepository(repository));
      return answer?.kind === "found" && isImmutable(answer.value, tag);
    },
  };
}
