import { createPutTag } from "../copy/put-existing.ts";
import { applyPlan } from "../executor/apply.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Emit, Event, Report } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { catalogFailures } from "../planner/facts/catalogs.ts";
import { checkPlan, checkSaved } from "./check-plan.ts";
import { confirmDeletes, refuseUnconfirmedDeletes } from "./confirm-deletes.ts";
import { planNow } from "./make-plan.ts";
import { type OtherShards, type ShardNumber, takeShard } from "../model/shard.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import { requireCurrent, type SavedPlan } from "./saved-plan.ts";
import { smallConcurrencyOf } from "../settings/settings.ts";
import { openEngines } from "./session/engines.ts";
import type { Session } from "./session/session.ts";
import { defined } from "../model/defined.ts";

/** `confirmed`: a person reviewed the plan, which takes time, so every target is checked again before it is written. */
export type Decision = "go" | "confirmed" | "stop";

export type ApplyRequest = {
  /** Applied exactly as reviewed. If undefined, a new plan is made. */
  readonly saved?: SavedPlan | undefined;
  /** Applies only this shard of the saved plan. */
  readonly shard?: ShardNumber | undefined;
  /** Globs over `HOST/REPOSITORY:TAG` of targets. Only used when a new plan is made. */
  readonly only?: readonly string[] | undefined;
  /** Removes changes that are not allowed at the moment. */
  readonly limit?: (plan: Plan) => Plan;
  /** Called with the complete plan before the first write. If undefined, the plan is applied. */
  readonly decide?: (plan: Plan) => Promise<Decision>;
  readonly skipBlocked: boolean;
  readonly failFast: boolean;
  readonly repair?: boolean;
  readonly keepLocal?: boolean;
  /** Aborts changes in progress. Defaults to the session's signal. */
  readonly signal?: AbortSignal;
  /** Once it fires, no change is started; those in progress continue. */
  readonly drain?: AbortSignal;
  readonly onEvent: Emit;
  readonly onProgress?: OnReadProgress | undefined;
};

/**
 * Makes a plan, or takes a saved one, checks it against the current state of the registries, and applies it. Returns undefined if `decide`
 * stopped it.
 * @throws ImgsyncError if no plan could be made or a saved plan must not be applied; failed changes do not throw, their errors are in the
 * report
 */
export function apply(session: Session, request: ApplyRequest & { readonly decide?: never }): Promise<Report>;
export function apply(session: Session, request: ApplyRequest): Promise<Report | undefined>;
export async function apply(session: Session, request: ApplyRequest): Promise<Report | undefined> {
  const { settings, manifest, registries, clock } = session;
  const { saved, onProgress, decide, limit } = request;
  // taken before the first read: planning can take minutes, and the oldest read determines the plan's age
  const plannedAt = clock.monotonic();
  const made =
    saved === undefined
      ? { others: undefined, plan: await planNow(session, { only: request.only, sizes: false, onProgress }) }
      : await takeSaved(session, saved, request);
  const checked = await checkPlan(session, made.plan);
  const plan = limit === undefined ? checked.plan : limit(checked.plan);
  const { others } = made;
  if (others !== undefined && others.blocked > 0 && !request.skipBlocked) request.onEvent(blockedElsewhere(others));
  const decision = decide === undefined ? "go" : await decide(plan);
  if (decision === "stop") return undefined;
  let finished: Report | undefined;
  const report = await applyPlan({
    plan,
    ...defined({ others }),
    rules: manifest.rules,
    isProtected: checked.isProtected,
    confirmDeletes: (deletes) => confirmDeletes(session, deletes, onProgress),
    engineFor: openEngines(session, { keepLocal: request.keepLocal === true }),
    reader: registries.client.reader,
    putTag: createPutTag(registries.client),
    emit: (event) => {
      if (event.type !== "run.finished") return request.onEvent(event);
      finished = { ...event.report, ...identityOf(request, clock.now()) };
      request.onEvent({ ...event, report: finished });
    },
    clock,
    signal: request.signal ?? session.world.signal,
    ...defined({ drain: request.drain }),
    concurrency: settings.concurrency,
    smallConcurrency: smallConcurrencyOf(settings),
    itemMs: registries.deadline.milliseconds,
    skipBlocked: request.skipBlocked,
    failFast: request.failFast,
    repair: request.repair === true,
    verify: settings.verify,
    plannedAt: saved === undefined && decision !== "confirmed" ? plannedAt : undefined,
  });
  return finished ?? report;
}

/** What distinguishes the reports of several shards. */
function identityOf({ saved, shard }: ApplyRequest, finishedAt: Date): Pick<Report, "plan" | "shard" | "finishedAt"> {
  const checksum = saved?.plan.checksum;
  if (saved === undefined || checksum === undefined) return {};
  return { plan: { checksum, tags: saved.plan.changes.length }, finishedAt, ...defined({ shard }) };
}

function blockedElsewhere({ blocked }: OtherShards): Event {
  const tags = blocked === 1 ? "1 tag is" : `${blocked} tags are`;
  return {
    type: "warning",
    message: `${tags} blocked in other shards, so nothing is written; --skip-blocked applies the others`,
  };
}

type Taken = { readonly plan: Plan; readonly others: OtherShards | undefined };

/** The whole plan is compared with the manifest, and only the own shard with the registries. */
async function takeSaved(
  session: Session,
  saved: SavedPlan,
  { shard, onProgress }: Pick<ApplyRequest, "shard" | "onProgress">,
): Promise<Taken> {
  // without its repositories, the changes of a pattern would look like changes that the manifest does not declare
  const [unlisted] = catalogFailures(session.manifest);
  if (unlisted !== undefined) throw new ImgsyncError(unlisted.error);
  const whole = requireCurrent(saved, session.manifest);
  const taken: Taken = shard === undefined ? { plan: whole, others: undefined } : takeShard(whole, shard);
  const plan = await checkSaved(session, taken.plan);
  await refuseUnconfirmedDeletes(session, plan, onProgress);
  return { ...taken, plan };
}
