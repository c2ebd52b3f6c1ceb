import { createPutTag } from "../../copy/put-existing.ts";
import { applyPlan } from "../../executor/apply.ts";
import type { Report } from "../../model/event.ts";
import type { Clock, Reporter } from "../../model/ports.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { maxDeletesOf } from "../../planner/owned-tags.ts";
import type { Rate } from "../../http/rate.ts";
import { createDeleteBudget, type DeleteBudget } from "../../app/watch/delete-budget.ts";
import { checkPlan } from "../check-plan.ts";
import { confirmDeletes } from "../confirm-deletes.ts";
import { openEngines } from "../engines.ts";
import { planNow } from "../make-plan.ts";
import { openSession, type Setup } from "../session.ts";

export type RunOptions = {
  readonly setup: Setup;
  /** The part of the manifest that is due. */
  readonly manifest: SyncManifest;
  readonly reporter: Reporter;
  readonly skipBlocked: boolean;
  readonly onAnswer: (host: string, status: number) => void;
  /** How fast uploads went, from run to run. */
  readonly rate: Rate;
  /** Ends what is under way; the setup's own signal lets it finish. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** What the runs of this watch have deleted; a run alone has its own. */
  readonly budget?: DeleteBudget;
};

/** How often a day may use up what one run may delete. */
const DAY_FACTOR = 5;

/** One run: plan and apply with connections and credentials of its own, so that nothing of it is left but how fast uploads went. */
export async function runOnce(options: RunOptions): Promise<Report> {
  const { setup, manifest, reporter, skipBlocked, rate, onAnswer, signal, clock } = options;
  const { budget = createDeleteBudget(clock) } = options;
  const onWarning = (message: string, host: string): void =>
    reporter.report({ type: "warning", message, reference: host });
  const session = await openSession({ ...setup, manifest }, onWarning, { onAnswer, rate, clock });
  try {
    const plannedAt = clock.monotonic();
    const made = await planNow(session, { only: undefined, sizes: false });
    const { plan, isProtected } = await checkPlan(session, made);
    const perDay = setup.settings.maxDeletesPerDay ?? DAY_FACTOR * maxDeletesOf(manifest);
    const report = await applyPlan({
      plan: budget.limit(plan, perDay),
      rules: manifest.rules,
      entries: manifest.entries,
      ...(session.signatures === undefined ? {} : { signatures: session.signatures }),
      isProtected,
      confirmDeletes: (deletes) => confirmDeletes(session, deletes),
      engineFor: openEngines(session, { keepLocal: false }),
      reader: session.registries.client.reader,
      putTag: createPutTag(session.registries.client),
      emit: reporter.report,
      clock,
      signal,
      drain: setup.context.interruption.signal,
      concurrency: setup.settings.concurrency,
      itemMs: setup.settings.timeouts.itemMs,
      skipBlocked,
      failFast: false,
      verify: setup.settings.verify,
      plannedAt,
    });
    budget.count(report);
    return report;
  } finally {
    await reporter.finish();
    await session.close();
  }
}
