import { takeSnapshot } from "../executor/snapshot.ts";
import type { Plan } from "../model/plan.ts";
import { formatRepository, type TagReference } from "../model/reference.ts";
import { isImmutable } from "../model/tag-policy.ts";
import { consultHosts, hostQuestions } from "../planner/consult-hosts.ts";
import { createFacts } from "../planner/facts.ts";
import type { Session } from "./session.ts";

export type CheckedPlan = {
  /** With what the registries say now. */
  readonly plan: Plan;
  /** Whether the registry keeps a tag immutable. */
  readonly isProtected: (target: TagReference) => boolean;
};

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
