import { type ErrorDetails, ImgsyncError } from "./error.ts";
import { countForItemOf, itemOf } from "./item-signal.ts";
import { onAbort } from "./on-abort.ts";
import type { Clock } from "./ports.ts";
import { createSlot } from "./slot.ts";

/** The time for one change or question is over. Other items that wait for the same work get its result (async/single-flight.ts). */
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

/** A time limit in progress. Work that is shared reads it as long as it runs, because it may be extended. */
type Limit = { readonly clock: DeadlineOptions["clock"]; milliseconds: number };

/** The time limit of each item, by its signal. */
const limits = createSlot<AbortSignal, Limit>();

/** Returns a signal that fires with the outer one, or with a DeadlineError when the time is over. It identifies an item. */
export function startDeadline(outer: AbortSignal, { clock, milliseconds }: DeadlineOptions): Deadline {
  const limit = { clock, milliseconds };
  const { signal, end } = startLimit(outer, limit);
  limits.set(signal, limit);
  return {
    signal,
    extend: (longer) => void (limit.milliseconds = Math.max(limit.milliseconds, longer)),
    end,
  };
}

/**
 * Starts the time limit of work that several items share. It is as long as the limit of the item that starts the work, counted from now, and
 * grows with it. Without such a limit the work has none. Its retries count for the item that starts it.
 */
export function startSharedDeadline(outer: AbortSignal, starter: AbortSignal): Pick<Deadline, "signal" | "end"> {
  const limit = limits.get(itemOf(starter));
  const { signal, end } = limit === undefined ? { signal: outer, end: () => undefined } : startLimit(outer, limit);
  return { signal: countForItemOf(starter, signal), end };
}

function startLimit(outer: AbortSignal, limit: Limit): Pick<Deadline, "signal" | "end"> {
  const { clock } = limit;
  const controller = new AbortController();
  const start = clock.monotonic();
  let cancel = (): void => undefined;
  const follow = (): void => controller.abort(outer.reason);
  const check = (): void => {
    const left = start + limit.milliseconds - clock.monotonic();
    if (left > 0) cancel = clock.alarm(left, check);
    else controller.abort(new DeadlineError(tooLong(limit.milliseconds)));
  };
  if (outer.aborted) follow();
  const unfollow = onAbort(outer, follow);
  check();
  return {
    signal: controller.signal,
    end: () => {
      cancel();
      unfollow();
    },
  };
}

/** Adds what was being waited for, unless the error has it already. */
export function waitingFor(error: DeadlineError, what: string): DeadlineError {
  if (error.cause instanceof DeadlineError) return error;
  return new DeadlineError({ ...error.details, message: `${error.message}: ${what}` }, { cause: error });
}

function tooLong(milliseconds: number): ErrorDetails {
  const seconds = Math.ceil(milliseconds / 1000);
  const shown = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return {
    code: "REGISTRY_TIMEOUT",
    message: `gave up after ${shown}`,
    hint: "run again: content that has arrived stays; on a slow connection allow more time with timeouts.itemMs",
  };
}
