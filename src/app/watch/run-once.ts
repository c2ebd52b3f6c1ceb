import type { Report } from "../../model/event.ts";
import type { Clock, Reporter } from "../../model/ports.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { maxDeletesOf } from "../../planner/facts/owned-tags.ts";
import type { Rate } from "../../http/rate.ts";
import { apply } from "../apply.ts";
import type { OnReadProgress } from "../../model/read-progress.ts";
import { openSession, type Setup } from "../session/session.ts";
import type { RunListener } from "./run-progress.ts";
import { createDeleteBudget, type DeleteBudget } from "./delete-budget.ts";

export type RunOptions = {
  readonly setup: Setup;
  /** The part of the manifest that is due. */
  readonly manifest: SyncManifest;
  readonly reporter: Reporter;
  readonly skipBlocked: boolean;
  readonly onAnswer: (host: string, status: number) => void;
  /** Measured upload rates, kept from run to run. */
  readonly rate: Rate;
  /** Aborts work in progress; the setup's own signal lets it finish. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly onProgress?: OnReadProgress;
  /** Receives the same as the reporter and `onProgress`. */
  readonly listener?: RunListener;
  /** Deletes of all runs of this watch. A single run has its own budget. */
  readonly budget?: DeleteBudget;
};

/** How many times the limit of a single run may be deleted in one day. */
const DAY_FACTOR = 5;

/** Plans and applies once, with its own connections and credentials, so that only the measured upload rates outlive a run. */
export async function runOnce(options: RunOptions): Promise<Report> {
  const { setup, manifest, reporter, skipBlocked, rate, onAnswer, signal, clock } = options;
  const { budget = createDeleteBudget(clock), onProgress, listener } = options;
  const onWarning = (message: string, host: string): void =>
    reporter.report({ type: "warning", message, reference: host });
  const session = await openSession({ ...setup, manifest }, onWarning, { onAnswer, rate, clock });
  try {
    const perDay = setup.settings.maxDeletesPerDay ?? DAY_FACTOR * maxDeletesOf(manifest);
    const report = await apply(session, {
      limit: (plan) => budget.limit(plan, perDay),
      skipBlocked,
      failFast: false,
      signal,
      drain: setup.world.signal,
      onEvent: (event) => {
        reporter.report(event);
        listener?.onEvent(event);
      },
      onProgress: (progress) => {
        onProgress?.(progress);
        listener?.onReading(progress);
      },
    });
    budget.count(report);
    return report;
  } finally {
    await reporter.finish();
    await session.close();
  }
}
