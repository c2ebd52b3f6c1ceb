import { type ErrorDetails, ImgsyncError } from "./error.ts";
import type { Clock } from "./ports.ts";

/** The time of one change or question is over. Nothing of it goes on; others that wait for the same begin it anew. */
export class DeadlineError extends ImgsyncError {}

/** How long one change or question may take in all: every wait inside it ends with its signal. */
export type Deadline = {
  readonly signal: AbortSignal;
  /** From now on so much in all, counted from the start; less than before is ignored. */
  readonly extend: (milliseconds: number) => void;
  /** It is done, in whatever way. Call always. */
  readonly end: () => void;
};

export type DeadlineOptions = {
  readonly clock: Pick<Clock, "monotonic" | "alarm">;
  readonly milliseconds: number;
};

/** A signal that fires with the outer one, and with a DeadlineError when the time is over. */
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

/** The same error with what was being waited for, where the place that threw it did not know. */
export function waitingFor(error: DeadlineError, what: string): DeadlineError {
  if (error.cause instanceof DeadlineError) return error;
  return new DeadlineError({ ...error.details, message: `${error.message}: ${what}` }, { cause: error });
}

/** Waits no longer than the signal allows for what goes on without it. */
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

/**
 * Takes part in work that may have been begun for another item. Where only the other one's time was over, the work is
 * looked for again, and so begun anew.
 */
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
