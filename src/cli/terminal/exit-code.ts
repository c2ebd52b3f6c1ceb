import type { Report } from "../../model/event.ts";
import type { PullReport } from "../../model/node-pull.ts";
import { countActions, isMoving, type Plan } from "../../model/plan.ts";

/** The exit codes. Scripts rely on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  pending: 2,
  blocked: 3,
  partly: 4,
  interrupted: 130,
  terminated: 143,
} as const;

export function exitCodeOfPlan(plan: Plan, { detailed }: { readonly detailed: boolean }): number {
  const counts = countActions(plan.changes);
  if (counts.blocked > 0) return EXIT.blocked;
  if (counts.error > 0 || (plan.failures ?? []).length > 0) return EXIT.failed;
  return detailed && plan.changes.some(isMoving) ? EXIT.pending : EXIT.done;
}

/** Precedence: interrupted, blocked, partly done, failed, done. `interrupted` is the exit code of the signal. */
export function exitCodeOfReport(report: Report, interrupted: number): number {
  const { outcomes } = report;
  if (report.interrupted) return interrupted;
  if (outcomes.blocked > 0) return EXIT.blocked;
  const bad = outcomes.failed + outcomes.stale + (report.failures ?? []).length;
  if (bad === 0 && outcomes.skipped === 0) return EXIT.done;
  return outcomes.applied > 0 ? EXIT.partly : EXIT.failed;
}

/**
 * What a missing shard did is unknown, so the merged run has failed. An interrupted shard counts by what it did not do: the exit code of a
 * signal is for the process that received it.
 */
export function exitCodeOfMerged(report: Report): number {
  if ((report.shards?.missing ?? []).length > 0) return EXIT.failed;
  return exitCodeOfReport({ ...report, interrupted: false }, EXIT.failed);
}

/** A tag that moved during the pull counts as a failure: other nodes may have the older image. */
export function exitCodeOfPull({ outcomes, failures, interrupted }: PullReport, interruptedCode: number): number {
  if (interrupted) return interruptedCode;
  if (outcomes.failed + outcomes.moved + failures.length === 0) return EXIT.done;
  return outcomes.pulled > 0 ? EXIT.partly : EXIT.failed;
}
