import type { ErrorDetails } from "./error.ts";
import type { ChangeResult } from "./event.ts";
import type { Action, Block, Change, EntryFailure } from "./plan.ts";
import type { Position } from "./position.ts";
import type { Repository, TagReference } from "./reference.ts";

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
export type BlockedTag = {
  readonly target: TagReference;
  readonly since: Date;
  readonly block?: Block;
  /** The mappings of the tag in the manifest. */
  readonly positions: readonly Position[];
  /** What to do about it. */
  readonly hint: string;
};

/** A target tag that differs from the manifest for another reason. `skipped`: the run ended before the tag was written. */
export type FailedTag = {
  readonly target: TagReference;
  readonly since: Date;
  readonly outcome: "failed" | "stale" | "skipped";
  readonly positions: readonly Position[];
  readonly error?: ErrorDetails;
};

/** A part of an entry whose tags are unknown. */
export type FailedEntry = Pick<EntryFailure, "positions" | "source" | "targets" | "error"> & { readonly since: Date };

/** A schedule whose last run failed before it looked at its tags. */
export type FailedSchedule = { readonly schedule: string; readonly since: Date; readonly error: ErrorDetails };

/** A target repository, as of the last look at it. */
export type KeptRepository = {
  readonly repository: Repository;
  /** `unknown`: no run has looked at it since the manifest was loaded. */
  readonly state: "in-sync" | "failing" | "unknown";
  /** The tags that the manifest declares here, as of the last look; those of entries whose tags are unknown are not counted. */
  readonly tags: TagCounts;
  /** When a run last left every tag here as declared. */
  readonly lastSuccess?: Date;
};

/** `held` tags wait for their age. `failed` includes what was stale or skipped. */
export type TagCounts = Readonly<Record<"inSync" | "held" | "blocked" | "failed", number>>;

/** A run in progress: first it reads, then it applies. */
export type RunProgress = {
  readonly startedAt: Date;
  readonly schedules: readonly string[];
  /** In questions to registries; more are asked while answers arrive. */
  readonly reading: { readonly answered: number; readonly asked: number };
  /** Undefined while it reads. */
  readonly applying?: {
    readonly done: number;
    readonly total: number;
    /** How many of `done` are not as declared. */
    readonly failed: number;
    readonly doneBytes: number;
    /** At most, since a target may have some of them. */
    readonly totalBytes: number;
    /** What is written at the moment, up to a limit. */
    readonly current: readonly TagReference[];
  };
};

/** `failing`: the manifest cannot be used, or something is not as it declares. `unknown`: not all of it has been looked at. */
export type Health = "in-sync" | "failing" | "unknown";

/** When the entries of one schedule are due next. */
export type DueTime = { readonly schedule: string; readonly entries: number; readonly at: Date };

/** The Kubernetes Lease that decides which of several replicas runs the schedules. */
export type LeaseStatus = {
  /** `NAMESPACE/NAME` */
  readonly name: string;
  /** The name under which this process holds it. */
  readonly identity: string;
  readonly isLeading: boolean;
  /** As last read. Undefined: it is free, or has never been read. */
  readonly holder?: string;
  /** Whether it has been read, so that this process knows whether it leads. */
  readonly isKnown: boolean;
  /** Why it could not be read or renewed. */
  readonly problem?: string;
};

/** The state of a watching process. */
export type WatchStatus = {
  readonly version: string;
  readonly startedAt: Date;
  readonly now: Date;
  /** `standby`: another replica runs the schedules. */
  readonly state: "waiting" | "running" | "standby" | "draining";
  readonly health: Health;
  /** Set during a run. */
  readonly progress?: RunProgress;
  readonly manifest: { readonly name: string; readonly loadedAt: Date; readonly problem?: string };
  readonly due: readonly DueTime[];
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** The tags of all repositories. Unlike the lists below, the counts are never cut. */
  readonly tags: TagCounts;
  /** As of the last look at each target, up to a limit. */
  readonly blocked: readonly BlockedTag[];
  readonly failed: readonly FailedTag[];
  readonly failedEntries: readonly FailedEntry[];
  readonly failedSchedules: readonly FailedSchedule[];
  /** In the order of the manifest. */
  readonly repositories: readonly KeptRepository[];
  readonly totals: { readonly runs: number; readonly failedRuns: number };
  readonly lastSuccess?: Date;
  /** Undefined: this is the only replica. */
  readonly lease?: LeaseStatus;
};

/** Whether everything in a run ended as declared in the manifest. */
export function isClean({ outcomes, errors }: Pick<RunRecord, "outcomes" | "errors">): boolean {
  const { blocked, failed, stale, skipped } = outcomes;
  return blocked + failed + stale + skipped + errors.length === 0;
}
