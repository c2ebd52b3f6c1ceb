import type { ErrorDetails } from "./error.ts";
import type { ChangeResult } from "./event.ts";
import type { Action, Block, Change } from "./plan.ts";
import type { TagReference } from "./reference.ts";

/** One run of the schedule, as it is kept for people to look at. */
export type RunRecord = {
  readonly startedAt: Date;
  readonly milliseconds: number;
  /** Which schedules were due. */
  readonly schedules: readonly string[];
  readonly outcomes: Readonly<Record<ChangeResult["outcome"], number>>;
  /** How many changes of each action were applied. */
  readonly applied: ReadonlyMap<Action, number>;
  readonly transferredBytes: number;
  /** What changed or needs attention, up to a limit; `more` counts the rest. */
  readonly results: readonly RunResult[];
  readonly more: number;
  /** Why the run could not even plan, or parts of the manifest whose tags nobody knows. */
  readonly errors: readonly ErrorDetails[];
};

export type RunResult = {
  /** Without its attachments, of which there may be thousands. */
  readonly change: Omit<Change, "attachments">;
  readonly result: ChangeResult;
};

/** A target tag that is not as the manifest wishes, because it must not move. */
export type BlockedTag = { readonly target: TagReference; readonly since: Date; readonly block?: Block };

/** When the entries of one schedule are due next. */
export type DueTime = { readonly schedule: string; readonly entries: number; readonly at: Date };

/** What a watching process knows about itself. */
export type WatchStatus = {
  readonly version: string;
  readonly startedAt: Date;
  readonly now: Date;
  readonly state: "waiting" | "running" | "draining";
  readonly manifest: { readonly name: string; readonly loadedAt: Date; readonly problem?: string };
  readonly due: readonly DueTime[];
  /** The newest first. */
  readonly runs: readonly RunRecord[];
  /** As the last look at each target found it. */
  readonly blocked: readonly BlockedTag[];
  readonly totals: { readonly runs: number; readonly failedRuns: number };
  readonly lastSuccess?: Date;
};

/** Whether everything in a run ended as the manifest wishes. */
export function isClean({ outcomes, errors }: Pick<RunRecord, "outcomes" | "errors">): boolean {
  const { blocked, failed, stale, skipped } = outcomes;
  return blocked + failed + stale + skipped + errors.length === 0;
}
