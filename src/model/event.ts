import type { Digest } from "./digest.ts";
import type { ErrorDetails } from "./error.ts";
import type { ShardNumber } from "./shard.ts";
import type { Block, Change, Counts, EntryFailure } from "./plan.ts";

/** The result of one change. `stale`: the target tag moved after the plan was made. `skipped`: the run ended before the change started. */
export type Outcome = "applied" | "unchanged" | "blocked" | "failed" | "stale" | "skipped";

/** The events of a run, in order. Reporters turn them into text; `apply --format json` prints them (event.schema.json). */
export type Event =
  | {
      readonly type: "run.started";
      readonly total: number;
      readonly bytes: number;
      readonly counts: Counts;
      /** The changes that will be made, in the order of the plan. */
      readonly changes: readonly Change[];
    }
  | { readonly type: "change.started"; readonly change: Change }
  | { readonly type: "change.progress"; readonly change: Change; readonly progress: Progress }
  | { readonly type: "change.finished"; readonly change: Change; readonly result: ChangeResult }
  | { readonly type: "warning"; readonly message: string; readonly reference?: string }
  | { readonly type: "run.finished"; readonly report: Report };

/** The bytes of one change so far. `totalBytes` grows while manifests are read. */
export type Progress = { readonly doneBytes: number; readonly totalBytes: number };

export type ChangeResult = {
  readonly outcome: Outcome;
  /** The digest that the target tag points at now, if known. */
  readonly digest?: Digest;
  /** Bytes sent to this target; blobs that were present or mounted are not counted. */
  readonly transferredBytes: number;
  readonly milliseconds: number;
  readonly error?: ErrorDetails;
  readonly block?: Block;
  readonly notes: readonly string[];
};

export type Report = {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly transferredBytes: number;
  readonly milliseconds: number;
  readonly interrupted: boolean;
  readonly results: readonly { readonly change: Change; readonly result: ChangeResult }[];
  /** Parts of the manifest whose tags are unknown, as in the plan. Undefined if there are none. */
  readonly failures?: readonly EntryFailure[];
  /** The saved plan that was applied, with the number of its tags. Undefined if the run made its own plan. */
  readonly plan?: { readonly checksum: Digest; readonly tags: number };
  /** The part of the plan that was applied. Undefined: all of it. */
  readonly shard?: ShardNumber;
  /** When the run ended, by the clock of its machine. Set if `plan` is. */
  readonly finishedAt?: Date;
  /** Set if the report was merged from those of several shards. */
  readonly shards?: MergedShards;
};

/** The shards of a plan, by their numbers. `missing`: without a report. `interrupted`: stopped before they finished. */
export type MergedShards = {
  readonly of: number;
  readonly missing: readonly number[];
  readonly interrupted: readonly number[];
};

export type Emit = (event: Event) => void;
