import { takeSnapshot } from "../executor/snapshot.ts";
import { listsDigests } from "../products/table.ts";
import type { Plan } from "../model/plan.ts";
import { formatRepository, type TagReference } from "../model/reference.ts";
import { isImmutable } from "../model/tag-policy.ts";
import { consultHosts, hostQuestions } from "../planner/consult-hosts.ts";
import { createFacts } from "../planner/facts.ts";
import { ageQuestions, holdSavedBack } from "../planner/hold-saved.ts";
import type { Session } from "./session.ts";

export type CheckedPlan = {
  /** With what the registries say now. */
  readonly plan: Plan;
  /** Whether the registry keeps a tag immutable. */
  readonly isProtected: (target: TagReference) => boolean;
};

/** A saved plan with what is too young by the clock of now held back: its own word is not taken for it. */
export async function holdYoungBack(
  { context, registries, docker, settings, manifest, clock }: Session,
  plan: Plan,
): Promise<Plan> {
  const saved = { changes: plan.changes, manifest };
  const options = {
    now: clock.now(),
    listsDigests: (host: string): boolean => listsDigests(host, settings.universes),
  };
  const snapshot = await takeSnapshot({
    ask: (known) => ageQuestions(saved, known, options),
    reader: registries.client.reader,
    localImages: docker.images,
    signal: context.interruption.signal,
    deadline: registries.deadline,
  });
  const changes = holdSavedBack(saved, createFacts(snapshot), options).filter((change) => change !== undefined);
  return { ...plan, changes };
}

/**
 * What registries say about the targets of a plan, asked anew for one that was saved; of a plan of this run they have been asked,
 * and are not asked again.
 */
export async function checkPlan({ context, registries, docker }: Session, plan: Plan): Promise<CheckedPlan> {
  const { hosts, client } = registries;
  if (hosts === undefined) return { plan, isProtected: () => false };
  const tellsMore = (host: string): boolean => hosts.productOf(host) !== undefined;
  const snapshot = await takeSnapshot({
    ask: (known) => hostQuestions(plan.changes, known, tellsMore),
    reader: client.reader,
    localImages: docker.images,
    hosts,
    signal: context.interruption.signal,
    deadline: registries.deadline,
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
