import type { Digest } from "./digest.ts";
import type { ErrorDetails } from "./error.ts";
import type { Block, Change, Counts, EntryFailure } from "./plan.ts";

/** How one change ended. `stale`: the target moved since the plan looked. `skipped`: never started, because the run ended. */
export type Outcome = "applied" | "unchanged" | "blocked" | "failed" | "stale" | "skipped";

/** What happens during a run, in order. Reporters turn these into text; `apply --format json` prints them (event.schema.json). */
export type Event =
  | { readonly type: "run.started"; readonly total: number; readonly bytes: number; readonly counts: Counts }
  | { readonly type: "change.started"; readonly change: Change }
  | { readonly type: "change.progress"; readonly change: Change; readonly progress: Progress }
  | { readonly type: "change.finished"; readonly change: Change; readonly result: ChangeResult }
  | { readonly type: "warning"; readonly message: string; readonly reference?: string }
  | { readonly type: "run.finished"; readonly report: Report };

/** Bytes of this change so far. `total` grows while manifests are being read. */
export type Progress = { readonly doneBytes: number; readonly totalBytes: number };

export type ChangeResult = {
  readonly outcome: Outcome;
  /** What the target tag points at now, where that is known. */
  readonly digest?: Digest;
  /** Bytes that went over the wire to this target; what was there or mounted is not counted. */
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
  /** Parts of the manifest whose tags nobody knows, as the plan has them. Left out where there is none. */
  readonly failures?: readonly EntryFailure[];
};

export type Emit = (event: Event) => void;
