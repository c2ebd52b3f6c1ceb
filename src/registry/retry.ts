import type { Clock } from "../model/ports.ts";
import { RegistryError } from "./error.ts";
import { MAX_RETRY_AFTER_MS } from "./limits.ts";

export type RetryOptions = {
  readonly clock: Clock;
  /** A number from 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly signal: AbortSignal;
};

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;
/** A host that refuses or does not exist is most often a mistake: three tries within ten seconds. */
const UNREACHABLE_ATTEMPTS = 3;
const UNREACHABLE_DELAY_MS = 3000;

/**
 * The one retry layer. Runs `attempt` until it succeeds, throws something that must not be repeated, or the tries are
 * used up. Waits as the registry asks (Retry-After), otherwise twice as long each time with full jitter.
 */
export async function withRetry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal } = options;
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      const delay = delayBefore(count, thrown, options);
      if (delay === undefined) throw thrown;
      await clock.sleep(delay, signal);
    }
  }
}

/** Milliseconds until the next try after `count` tries, or undefined where there must be none. */
function delayBefore(count: number, thrown: unknown, { random, signal, clock }: RetryOptions): number | undefined {
  if (signal.aborted || !(thrown instanceof RegistryError) || thrown.facts.isRetryable !== true) return undefined;
  const { isUnreachable, isConnectionLost, retryAfterMs } = thrown.facts;
  if (count >= (isUnreachable === true ? UNREACHABLE_ATTEMPTS : ATTEMPTS)) return undefined;
  if (retryAfterMs !== undefined) {
    if (retryAfterMs > MAX_RETRY_AFTER_MS) throw tooLong(thrown, retryAfterMs, clock.now());
    return retryAfterMs;
  }
  if (isConnectionLost === true && count === 1) return 0;
  const ceiling =
    isUnreachable === true ? UNREACHABLE_DELAY_MS : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (count - 1));
  return ceiling * random();
}

function tooLong(thrown: RegistryError, retryAfterMs: number, now: Date): RegistryError {
  const until = new Date(now.getTime() + Math.min(retryAfterMs, 366 * 86_400_000)).toISOString();
  const hint = `the registry asks to come back after ${until}`;
  return new RegistryError({ ...thrown.details, hint }, { ...thrown.facts, isRetryable: false }, { cause: thrown });
}
