import { type ErrorDetails, ImgsyncError } from "./error.ts";
import type { Clock } from "./ports.ts";

/** The time for one change or question is over. Its work is abandoned; other items that wait for the same work start it again. */
export class DeadlineError extends ImgsyncError {}

/** Limits the total time of one change or question. Every wait inside it takes the signal. */
export type Deadline = {
  readonly signal: AbortSignal;
  /** Sets the total time, counted from the start. A shorter time than before is ignored. */
  readonly extend: (milliseconds: number) => void;
  /** Releases the timer. Must be called on every path. */
  readonly end: () => void;
};

export type DeadlineOptions = {
  readonly clock: Pick<Clock, "monotonic" | "alarm">;
  readonly milliseconds: number;
};

/** Returns a signal that fires with the outer one, or with a DeadlineError when the time is over. */
export function startDeadline(outer: AbortSignal, { clock, milliseconds }: DeadlineOptions): Deadline {
  const controller = new AbortController();
  const start = clock.monotonic();
  let allowed = milliseconds;
  let cancel = (): void => undefined;
  const follow = (): void => controller.abort(outer.reason);
  const check = (): void => {
    const left = start + allowed - clock.monotonic();
    if (left > 0) cancel = clock.alarm(left, check);
    else controller.abort(new DeadlineError(tooLong(allowed)));
  };
  if (outer.aborted) follow();
  else outer.addEventListener("abort", follow, { once: true });
  check();
  return {
    signal: controller.signal,
    extend: (longer) => void (allowed = Math.max(allowed, longer)),
    end: () => {
      cancel();
      outer.removeEventListener("abort", follow);
    },
  };
}

/** Adds what was being waited for, unless the error has it already. */
export function waitingFor(error: DeadlineError, what: string): DeadlineError {
  if (error.cause instanceof DeadlineError) return error;
  return new DeadlineError({ ...error.details, message: `${error.message}: ${what}` }, { cause: error });
}

/** Waits for the task until the signal fires. The task itself is not cancelled. */
export async function untilAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(signal.reason as Error);
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([task, promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

/** Joins work that may have been started for another item. If only that item's deadline passed, the work is started again. */
export async function takePart<T>(find: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await untilAborted(find(), signal);
    } catch (thrown) {
      if (!isOthersDeadline(thrown, signal)) throw thrown;
    }
  }
}

export function isOthersDeadline(thrown: unknown, signal: AbortSignal): boolean {
  return thrown instanceof DeadlineError && !signal.aborted;
}

function tooLong(milliseconds: number): ErrorDetails {
  const seconds = Math.ceil(milliseconds / 1000);
  const shown = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return {
    code: "REGISTRY_TIMEOUT",
    message: `gave up after ${shown}`,
    hint: "run again: what has arrived stays; on a slow connection allow more time with timeouts.itemMs",
  };
}
