import { DeadlineError, startDeadline } from "../model/deadline.ts";
import type { Change } from "../model/plan.ts";
import type { Cancellable, Clock } from "../model/ports.ts";

export type ItemOptions = Cancellable & {
  readonly clock: Pick<Clock, "monotonic" | "alarm">;
  readonly concurrency: number;
  /** How long one change may take, beside the time for its bytes. Undefined: as long as it needs. */
  readonly itemMs?: number;
};

/** One change at work. */
export type Item = Cancellable & {
  /** The image turned out to be so large. */
  readonly noteBytes: (bytes: number) => void;
  /** Why it ended, where what was thrown is only a consequence of its time being over. */
  readonly reasonFor: (thrown: unknown) => unknown;
  readonly end: () => void;
};

const MIB = 1024 * 1024;
const MS_PER_MIB = 1000;

/**
 * Gives a change its time: a fixed part, and a second for each MiB. Changes that are worked on together share the
 * connection, so each gets as many seconds as there may be of them.
 */
export function beginItem(change: Change, { signal, clock, concurrency, itemMs }: ItemOptions): Item {
  // programs have limits of their own, and tell nothing about how large an image is
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
