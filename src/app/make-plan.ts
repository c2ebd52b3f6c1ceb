import type { Plan } from "../model/plan.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { absentSources } from "../planner/absent-sources.ts";
import { createPlanner } from "../planner/plan.ts";
import { checkOnly, nothingLeft } from "./only.ts";
import { readFacts } from "./read-facts.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import type { Session } from "./session/session.ts";
import { whatHostsOffer } from "./what-hosts-offer.ts";
import { defined } from "../model/defined.ts";

export type PlanRequest = {
  readonly only: readonly string[] | undefined;
  /** Read manifests to determine sizes even from registries that count each read as a pull. */
  readonly sizes: boolean;
  /** The number of parts to divide the plan into. */
  readonly shards?: number | undefined;
  /** `only` limits what is read, but not which part of the manifest applies. */
  readonly isLookOnly?: boolean;
  readonly onProgress?: OnReadProgress | undefined;
};

/** A plan with the facts it was made from. */
export type PlanWithFacts = { readonly plan: Plan; readonly snapshot: Snapshot; readonly now: Date };

/**
 * Reads everything that the manifest requires and makes a plan.
 * @throws ImgsyncError USAGE if `--only` is not a valid glob or matches nothing in the manifest
 */
export async function planNow(session: Session, request: PlanRequest): Promise<Plan> {
  const { only } = request;
  checkOnly(only);
  const { plan, snapshot } = await lookNow(session, request);
  for (const { host, path } of absentSources(session.manifest, snapshot))
    session.onWarning(
      `there is no source repository "${path}", or the credentials may not read it; its entry is optional`,
      host,
    );
  if (only !== undefined && plan.changes.length === 0 && (plan.failures ?? []).length === 0) throw nothingLeft(only);
  return plan;
}

/** Like {@link planNow}, for patterns that are valid globs. They may match nothing. */
export async function lookNow(
  session: Session,
  { only, sizes, shards, isLookOnly = false, onProgress }: PlanRequest,
): Promise<PlanWithFacts> {
  const { manifest, registries, signatures, clock } = session;
  const { hosts } = registries;
  // all rounds of one plan use the same time
  const now = clock.now();
  const options = {
    now,
    sizes,
    isLookOnly,
    ...whatHostsOffer(session),
    rateOf: registries.client.rate.of,
    ...defined({ only, shards }),
  };
  const planner = createPlanner(manifest, options);
  const snapshot = await readFacts(session, {
    ask: planner.ask,
    lives: registries.lives,
    ...defined({ signatures, hosts }),
    onProgress,
  });
  const plan = planner.plan(snapshot);
  return { plan: plan.shards === undefined ? plan : { ...plan, madeAt: now }, snapshot, now };
}
