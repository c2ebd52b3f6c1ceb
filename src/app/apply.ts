import { createPutTag } from "../copy/put-existing.ts";
import { applyPlan } from "../executor/apply.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Emit, Report } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { catalogFailures } from "../planner/facts/catalogs.ts";
import { checkPlan, checkSaved } from "./check-plan.ts";
import { confirmDeletes, refuseUnconfirmedDeletes } from "./confirm-deletes.ts";
import { planNow } from "./make-plan.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import { requireCurrent, type SavedPlan } from "./saved-plan.ts";
import { openEngines } from "./session/engines.ts";
import type { Session } from "./session/session.ts";
import { defined } from "../model/defined.ts";

/** `confirmed`: a person reviewed the plan, which takes time, so every target is checked again before it is written. */
export type Decision = "go" | "confirmed" | "stop";

export type ApplyRequest = {
  /** Applied exactly as reviewed. If undefined, a new plan is made. */
  readonly saved?: SavedPlan | undefined;
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
      ? await planNow(session, { only: request.only, sizes: false, onProgress })
      : await takeSaved(session, saved, onProgress);
  const checked = await checkPlan(session, made);
  const plan = limit === undefined ? checked.plan : limit(checked.plan);
  const decision = decide === undefined ? "go" : await decide(plan);
  if (decision === "stop") return undefined;
  return applyPlan({
    plan,
    rules: manifest.rules,
    isProtected: checked.isProtected,
    confirmDeletes: (deletes) => confirmDeletes(session, deletes, onProgress),
    engineFor: openEngines(session, { keepLocal: request.keepLocal === true }),
    reader: registries.client.reader,
    putTag: createPutTag(registries.client),
    emit: request.onEvent,
    clock,
    signal: request.signal ?? session.world.signal,
    ...defined({ drain: request.drain }),
    concurrency: settings.concurrency,
    itemMs: registries.deadline.milliseconds,
    skipBlocked: request.skipBlocked,
    failFast: request.failFast,
    repair: request.repair === true,
    verify: settings.verify,
    plannedAt: saved === undefined && decision !== "confirmed" ? plannedAt : undefined,
  });
}

async function takeSaved(session: Session, saved: SavedPlan, onProgress: OnReadProgress | undefined): Promise<Plan> {
  // without its repositories, the changes of a pattern would look like changes that the manifest does not declare
  const [unlisted] = catalogFailures(session.manifest);
  if (unlisted !== undefined) throw new ImgsyncError(unlisted.error);
  const plan = await checkSaved(session, requireCurrent(saved, session.manifest));
  await refuseUnconfirmedDeletes(session, plan, onProgress);
  return plan;
}
