import { type ErrorDetails, toErrorDetails } from "../../model/error.ts";
import type { Report } from "../../model/event.ts";
import type { Action } from "../../model/plan.ts";
import type { RunRecord, RunResult } from "../../model/watch.ts";

export type RunTimes = Pick<RunRecord, "startedAt" | "milliseconds" | "schedules">;

/** How many results of a run are kept; the counts always cover all of them. */
const KEPT_RESULTS = 100;

/** Returns the part of a report that is kept. It is bounded, so that memory does not grow with the size of runs. */
export function recordOf(report: Report, times: RunTimes): RunRecord {
  const noteworthy = report.results.filter(({ result }) => result.outcome !== "unchanged");
  // results that need attention must not be cut off by successful ones
  const sorted = noteworthy.toSorted((a, b) => weight(a.result.outcome) - weight(b.result.outcome));
  const results = sorted.slice(0, KEPT_RESULTS).map(keep);
  return {
    ...times,
    outcomes: report.outcomes,
    applied: countApplied(report),
    transferredBytes: report.transferredBytes,
    results,
    more: noteworthy.length - results.length,
    errors: (report.failures ?? []).slice(0, KEPT_RESULTS).map(({ error }) => error),
  };
}

/** The record of a run that failed before it had a report. */
export function recordOfFailure(thrown: unknown, times: RunTimes): RunRecord {
  const error: ErrorDetails = toErrorDetails(thrown);
  const outcomes = { applied: 0, unchanged: 0, blocked: 0, failed: 0, stale: 0, skipped: 0 };
  return { ...times, outcomes, applied: new Map(), transferredBytes: 0, results: [], more: 0, errors: [error] };
}

function countApplied({ results }: Report): RunRecord["applied"] {
  const counts = new Map<Action, number>();
  for (const { change, result } of results) {
    if (result.outcome === "applied") counts.set(change.action, (counts.get(change.action) ?? 0) + 1);
  }
  return counts;
}

function keep({ change, result }: Report["results"][number]): RunResult {
  const { attachments: _, ...kept } = change;
  return { change: kept, result };
}

function weight(outcome: RunResult["result"]["outcome"]): number {
  return ["blocked", "failed", "stale", "skipped", "applied", "unchanged"].indexOf(outcome);
}
