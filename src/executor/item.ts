import { DeadlineError, startDeadline } from "../model/deadline.ts";
import type { Change } from "../model/plan.ts";
import type { Cancellable, Clock } from "../model/ports.ts";

export type ItemOptions = Cancellable & {
  readonly clock: Pick<Clock, "monotonic" | "alarm">;
  /** The maximum number of changes in progress. */
  readonly concurrency: number;
  /** Time limit of one change, in addition to the time for its bytes. Undefined: no limit. */
  readonly itemMs?: number;
};

/** One change in progress. */
export type Item = Cancellable & {
  /** Extends the time limit for an image of this size. */
  readonly noteBytes: (bytes: number) => void;
  /** Returns the deadline error if the thrown error is only a consequence of it. */
  readonly reasonFor: (thrown: unknown) => unknown;
  readonly end: () => void;
};

const MIB = 1024 * 1024;
const MS_PER_MIB = 1000;

/**
 * Starts the time limit of a change: a fixed part plus a second for each MiB. Concurrent changes share the connection, so the second is
 * multiplied by the concurrency.
 */
export function beginItem(change: Change, { signal, clock, concurrency, itemMs }: ItemOptions): Item {
  // programs have their own limits and do not report the size of an image
  if (itemMs === undefined || change.engine === "docker")
    return { signal, noteBytes: () => undefined, reasonFor: (thrown) => thrown, end: () => undefined };
  const allowed = (bytes: number): number => itemMs + Math.ceil(bytes / MIB) * MS_PER_MIB * concurrency;
  const deadline = startDeadline(signal, { clock, milliseconds: allowed(change.bytes ?? 0) });
  return {
    signal: deadline.signal,
    noteBytes: (bytes) => deadline.extend(allowed(bytes)),
    reasonFor: (thrown) => {
      const isOver = deadline.signal.reason instanceof DeadlineError;
      return isOver && !(thrown instanceof DeadlineError) ? deadline.signal.reason : thrown;
    },
    end: deadline.end,
  };
}
