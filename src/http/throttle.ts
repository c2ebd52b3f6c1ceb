import type { Clock } from "../model/ports.ts";
import { RegistryError } from "./error.ts";
import { MAX_RETRY_AFTER_MS } from "./limits.ts";

/** Bounds the number of concurrent short requests per host and adapts the bound to the host. */
export type Throttle = {
  /**
   * Runs `task` when a permit is free. The task must have consumed or handed on its response when it settles, and must not wait for another
   * permit.
   */
  readonly run: <T>(host: string, task: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Learns from the failure of a request without a permit, whose body is a stream. */
  readonly note: (host: string, thrown: unknown) => void;
};

type HostState = {
  limit: number;
  active: number;
  successes: number;
  pausedUntil: number;
  readonly waiting: (() => void)[];
};

const START = 8;
const MAX = 32;

export type ThrottleOptions = {
  readonly clock: Clock;
  /** The number of processes that send requests to the same hosts at a time. They divide the bound. */
  readonly sharedBy?: number;
};

/**
 * Additive increase, multiplicative decrease: one more permit after a full round of successes, half as many after a 429 or 503, and no new
 * request before the time that Retry-After names.
 */
export function createThrottle({ clock, sharedBy = 1 }: ThrottleOptions): Throttle {
  const start = Math.max(1, Math.floor(START / sharedBy));
  const max = Math.max(1, Math.floor(MAX / sharedBy));
  const states = new Map<string, HostState>();
  const stateOf = (host: string): HostState => {
    const known = states.get(host);
    if (known !== undefined) return known;
    const fresh = { limit: start, active: 0, successes: 0, pausedUntil: 0, waiting: [] };
    states.set(host, fresh);
    return fresh;
  };
  return {
    run: async (host, task, signal) => {
      const state = stateOf(host);
      await acquire(state, signal);
      try {
        await pause(state, clock, signal);
        const result = await task();
        grow(state, max);
        return result;
      } catch (thrown) {
        shrink(state, thrown, clock);
        throw thrown;
      } finally {
        release(state);
      }
    },
    note: (host, thrown) => shrink(stateOf(host), thrown, clock),
  };
}

async function acquire(state: HostState, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (state.active < state.limit) {
    state.active += 1;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const enter = (): void => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = (): void => {
      state.waiting.splice(state.waiting.indexOf(enter), 1);
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", leave, { once: true });
    state.waiting.push(enter);
  });
}

/** Hands the permit directly to the next waiter, so that `active` never exceeds `limit`. */
function release(state: HostState): void {
  state.active -= 1;
  while (state.active < state.limit) {
    const next = state.waiting.shift();
    if (next === undefined) return;
    state.active += 1;
    next();
  }
}

async function pause(state: HostState, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let left = state.pausedUntil - clock.monotonic(); left > 0; left = state.pausedUntil - clock.monotonic()) {
    await clock.sleep(left, signal);
  }
}

function grow(state: HostState, max: number): void {
  state.successes += 1;
  if (state.successes < state.limit) return;
  state.successes = 0;
  state.limit = Math.min(max, state.limit + 1);
}

function shrink(state: HostState, thrown: unknown, clock: Clock): void {
  if (!(thrown instanceof RegistryError)) return;
  const { status, retryAfterMs } = thrown.facts;
  if (status !== 429 && status !== 503) return;
  state.limit = Math.max(1, Math.floor(state.limit / 2));
  state.successes = 0;
  if (retryAfterMs !== undefined && retryAfterMs <= MAX_RETRY_AFTER_MS) {
    state.pausedUntil = Math.max(state.pausedUntil, clock.monotonic() + retryAfterMs);
  }
}
