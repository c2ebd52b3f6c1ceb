import type { Clock } from "../model/ports.ts";
import { DeadlineError, waitingFor } from "../model/deadline.ts";
import { maskEcho } from "../model/secret.ts";
import type { Trace } from "../model/trace.ts";
import { RegistryError } from "./error.ts";
import { MAX_RETRY_AFTER_MS } from "./limits.ts";
import type { RetryBudget } from "./retry-budget.ts";

export type RetryOptions = {
  readonly clock: Clock;
  /** Returns a number in [0, 1), for jitter. */
  readonly random: () => number;
  /** The signal of one item, whose retries share a budget. */
  readonly signal: AbortSignal;
  readonly budget?: RetryBudget;
  readonly trace?: Trace | undefined;
};

/** Decides how often and how long one operation is retried. */
export type Patience = {
  /**
   * Waits before the next attempt. If there must be no other attempt, throws the failure, marked as not retryable so that an enclosing
   * operation does not start over.
   */
  readonly after: (thrown: unknown) => Promise<void>;
  /** Resets the count after progress. */
  readonly reset: () => void;
};

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;
/** A registry that names a time is asked again then; a little later, so that several clients do not all return at the same moment. */
const SPREAD = 0.1;
/** A host that refuses the connection or does not resolve is usually a mistake: three attempts within ten seconds. */
const UNREACHABLE_ATTEMPTS = 3;
const UNREACHABLE_DELAY_MS = 3000;

/**
 * The only retry layer. Calls `attempt` with its number until it succeeds, throws an error that must not be retried, or no attempts are
 * left. Waits as the registry asks (Retry-After), otherwise with exponential backoff and full jitter.
 */
export async function withRetry<T>(attempt: (number: number) => Promise<T>, options: RetryOptions): Promise<T> {
  // most operations succeed at once, and there are very many of them
  let patience: Patience | undefined;
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(number);
    } catch (thrown) {
      patience ??= createPatience(options);
      await patience.after(thrown);
    }
  }
}

/** Applies the same rules to operations that are not one call, such as a download that resumes after an interruption. */
export function createPatience(options: RetryOptions): Patience {
  let count = 0;
  let isRepeated = false;
  let hasProgress = false;
  return {
    after: async (thrown) => {
      count += 1;
      const isLast = isRepeated;
      if (isOnceMore(thrown)) isRepeated = true;
      const delay = isLast && isOnceMore(thrown) ? undefined : delayBefore(count, thrown, options);
      if (delay === undefined) throw final(thrown);
      if (!hasProgress) spend(options, thrown);
      hasProgress = false;
      options.trace?.({
        type: "retry",
        attempt: count + 1,
        waitMs: Math.round(delay),
        reason: maskEcho(thrown instanceof Error ? thrown.message : String(thrown)),
      });
      await pause(delay, options, thrown);
    },
    reset: () => {
      count = 0;
      // resuming after progress repeats nothing, so it costs no budget
      hasProgress = true;
    },
  };
}

/** Returns the milliseconds until the next attempt after `count` attempts, or undefined if there must be none. */
function delayBefore(count: number, thrown: unknown, { random, signal, clock }: RetryOptions): number | undefined {
  if (signal.aborted || !(thrown instanceof RegistryError) || thrown.facts.isRetryable !== true) return undefined;
  const { isUnreachable, isConnectionLost, retryAfterMs } = thrown.facts;
  if (count >= (isUnreachable === true ? UNREACHABLE_ATTEMPTS : ATTEMPTS)) return undefined;
  if (isConnectionLost === true && count === 1) return 0;
  const ceiling =
    isUnreachable === true ? UNREACHABLE_DELAY_MS : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (count - 1));
  const own = ceiling * random();
  if (retryAfterMs === undefined) return own;
  if (retryAfterMs > MAX_RETRY_AFTER_MS) throw tooLong(thrown, retryAfterMs, clock.now());
  // a past date asks for no delay, but five immediate attempts would not help a busy registry
  return retryAfterMs > 0 ? retryAfterMs * (1 + SPREAD * random()) : own;
}

/** @throws the failure if the retry budget of the item or run is used up */
function spend({ budget, signal }: RetryOptions, thrown: unknown): void {
  const isAsked = thrown instanceof RegistryError && (thrown.facts.retryAfterMs ?? 0) > 0;
  if (budget === undefined || isAsked) return;
  const outcome = budget.spend(signal);
  if (outcome === "spent" || !(thrown instanceof RegistryError)) return;
  const whose = outcome === "item" ? "this change" : "this run";
  const hint = `not retried, because too many requests of ${whose} have failed: run again when the registry answers reliably`;
  throw new RegistryError({ ...thrown.details, hint }, { ...thrown.facts, isRetryable: false }, { cause: thrown });
}

async function pause(delay: number, { clock, signal }: RetryOptions, thrown: unknown): Promise<void> {
  try {
    await clock.sleep(delay, signal);
  } catch (interruption) {
    if (!(interruption instanceof DeadlineError) || !(thrown instanceof Error)) throw interruption;
    throw waitingFor(interruption, `the last failure was: ${thrown.message}`);
  }
}

function isOnceMore(thrown: unknown): boolean {
  return thrown instanceof RegistryError && thrown.facts.isOnceMore === true;
}

/** Returns the same error, marked as not retryable. */
export function final(thrown: unknown): unknown {
  if (!(thrown instanceof RegistryError) || thrown.facts.isRetryable !== true) return thrown;
  return new RegistryError(thrown.details, { ...thrown.facts, isRetryable: false }, { cause: thrown });
}

function tooLong(thrown: RegistryError, retryAfterMs: number, now: Date): RegistryError {
  const until = new Date(now.getTime() + Math.min(retryAfterMs, 366 * 86_400_000)).toISOString();
  const hint = `the registry asks to retry after ${until}`;
  return new RegistryError({ ...thrown.details, hint }, { ...thrown.facts, isRetryable: false }, { cause: thrown });
}
