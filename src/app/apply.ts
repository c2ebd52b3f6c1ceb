import { createPutTag } from "../copy/put-existing.ts";
import { applyPlan } from "../executor/apply.ts";
import type { Emit, Report } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { checkPlan, checkSaved } from "./check-plan.ts";
import { confirmDeletes, refuseUnconfirmedDeletes } from "./confirm-deletes.ts";
import { planNow } from "./make-plan.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import { requireCurrent, type SavedPlan } from "./saved-plan.ts";
import { openEngines } from "./session/engines.ts";
import type { Session } from "./session/session.ts";

/** `confirmed`: a person has read the plan, which took a while, so every target is looked at again before it is written. */
export type Decision = "go" | "confirmed" | "stop";

export type ApplyRequest = {
  /** Applied exactly as it was reviewed. Without it a plan is made. */
  readonly saved?: SavedPlan | undefined;
  /** Globs over `HOST/REPOSITORY:TAG` of targets, for a plan that is made. */
  readonly only?: readonly string[] | undefined;
  /** Takes from the plan what may not be done now. */
  readonly limit?: (plan: Plan) => Plan;
  /** Called with everything that would be done, before the first write. Without it the plan is applied. */
  readonly decide?: (plan: Plan) => Promise<Decision>;
  readonly skipBlocked: boolean;
  readonly failFast: boolean;
  readonly repair?: boolean;
  readonly keepLocal?: boolean;
  /** Ends changes that are under way; the session's own signal where there is none. */
  readonly signal?: AbortSignal;
  /** Once it fires no change is begun, and those under way go on. */
  readonly drain?: AbortSignal;
  readonly onEvent: Emit;
  readonly onProgress?: OnReadProgress | undefined;
};

/**
 * Makes a plan, or takes a saved one, checks it against what registries say now, and applies it. Undefined: `decide` stopped it.
 * @throws ImgsyncError where no plan could be made, or a saved one must not be applied; changes never throw, the report has their errors
 */
export function apply(session: Session, request: ApplyRequest & { readonly decide?: never }): Promise<Report>;
export function apply(session: Session, request: ApplyRequest): Promise<Report | undefined>;
export async function apply(session: Session, request: ApplyRequest): Promise<Report | undefined> {
  const { settings, manifest, registries, clock } = session;
  const { saved, onProgress, decide, limit } = request;
  // before the first look: on a plan that takes minutes, the oldest one counts
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
    entries: manifest.entries,
    ...(session.signatures === undefined ? {} : { signatures: session.signatures }),
    isProtected: checked.isProtected,
    confirmDeletes: (deletes) => confirmDeletes(session, deletes, onProgress),
    engineFor: openEngines(session, { keepLocal: request.keepLocal === true }),
    reader: registries.client.reader,
    putTag: createPutTag(registries.client),
    emit: request.onEvent,
    clock,
    signal: request.signal ?? session.world.signal,
    ...(request.drain === undefined ? {} : { drain: request.drain }),
    concurrency: settings.concurrency,
    itemMs: settings.timeouts.itemMs,
    skipBlocked: request.skipBlocked,
    failFast: request.failFast,
    repair: request.repair === true,
    verify: settings.verify,
    plannedAt: saved === undefined && decision !== "confirmed" ? plannedAt : undefined,
  });
}

async function takeSaved(session: Session, saved: SavedPlan, onProgress: OnReadProgress | undefined): Promise<Plan> {
  const plan = await checkSaved(session, requireCurrent(saved, session.manifest));
  await refuseUnconfirmedDeletes(session, plan, onProgress);
  return plan;
}
