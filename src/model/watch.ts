import type { ErrorDetails } from "./error.ts";
import type { ChangeResult } from "./event.ts";
import type { Action, Block, Change } from "./plan.ts";
import type { TagReference } from "./reference.ts";

/** One scheduled run, as shown to people. */
export type RunRecord = {
  readonly startedAt: Date;
  readonly milliseconds: number;
  /** The schedules that were due. */
  readonly schedules: readonly string[];
  readonly outcomes: Readonly<Record<ChangeResult["outcome"], number>>;
  /** The number of applied changes per action. */
  readonly applied: ReadonlyMap<Action, number>;
  readonly transferredBytes: number;
  /** Changes that were applied or need attention, up to a limit; `more` counts the rest. */
  readonly results: readonly RunResult[];
  readonly more: number;
  /** Why the run could not plan, or parts of the manifest whose tags are unknown. */
  readonly errors: readonly ErrorDetails[];
};

export type RunResult = {
  /** Without attachments, of which there may be thousands. */
  readonly change: Omit<Change, "attachments">;
  readonly result: ChangeResult;
};

/** A target tag that differs from the manifest because it must not move. */
export type BlockedTag = { readonly target: TagReference; readonly since: Date; readonly block?: Block };

/** When the entries of one schedule are due next. */
export type DueTime = { readonly schedule: string; readonly entries: number; readonly at: Date };

/** The state of a watching process. */
export type WatchStatus = {
  readonly version: string;
  readonly startedAt: Date;
  readonly now: Date;
  readonly state: "waiting" | "running" | "draining";
  readonly manifest: { readonly name: string; readonly loadedAt: Date; readonly problem?: string };
  readonly due: readonly DueTime[];
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** As of the last look at each target. */
  readonly blocked: readonly BlockedTag[];
  readonly totals: { readonly runs: number; readonly failedRuns: number };
  readonly lastSuccess?: Date;
};

/** Whether everything in a run ended as declared in the manifest. */
export function isClean({ outcomes, errors }: Pick<RunRecord, "outcomes" | "errors">): boolean {
  const { blocked, failed, stale, skipped } = outcomes;
  return blocked + failed + stale + skipped + errors.length === 0;
}
