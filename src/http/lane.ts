import { onAbort } from "../model/on-abort.ts";

/** Permits for the requests of one kind to one host. */
export type Lane = {
  /** Waits for a permit, first come, first served. @throws the signal's reason */
  readonly enter: (signal: AbortSignal) => Promise<void>;
  readonly leave: () => void;
  /** Called after each success, with the time from the request to the end of its response. */
  readonly grow: (group: string, latencyMs: number) => void;
  /** Called after a refusal for load. */
  readonly shrink: (startedAt: number, now: number) => void;
  readonly limit: () => number;
};

/** Enough to hide the latency of a distant registry from the first request on; few enough that no known registry refuses them. */
const START = 16;
/** More wait at the registry and not on the way, and cost memory here. */
const MAX = 48;
/** A latency up to this many times the lowest known one, and this much more, means that requests do not yet wait for each other. */
const CALM_FACTOR = 2;
const CALM_MS = 5;

/**
 * The bound grows while requests wait for permits and the host answers about as fast as it can: by one for each success until the first
 * refusal, and after that by one for each round of successes. A refusal halves it, once for all requests that were on the way at that time.
 * Processes that send requests to the host at the same time divide it (`sharedBy`).
 */
export function createLane({ sharedBy = 1 }: { readonly sharedBy?: number } = {}): Lane {
  const max = Math.max(1, MAX / sharedBy);
  let limit = Math.max(1, START / sharedBy);
  let active = 0;
  let hasBeenRefused = false;
  let shrunkAt = Number.NEGATIVE_INFINITY;
  const lowest = new Map<string, number>();
  const waiters = new Set<Waiter>();

  /** Hands permits directly to waiters, so that `active` never exceeds the limit. */
  const admit = (): void => {
    for (const waiter of waiters) {
      if (active >= Math.floor(limit)) return;
      waiters.delete(waiter);
      active += 1;
      waiter.enter();
    }
  };

  return {
    enter: async (signal) => {
      signal.throwIfAborted();
      if (active < Math.floor(limit) && waiters.size === 0) {
        active += 1;
        return;
      }
      await wait(waiters, signal);
    },
    leave: () => {
      active -= 1;
      admit();
    },
    grow: (group, latencyMs) => {
      const best = Math.min(lowest.get(group) ?? latencyMs, latencyMs);
      lowest.set(group, best);
      const isCalm = latencyMs <= best * CALM_FACTOR + CALM_MS;
      if (waiters.size > 0 && isCalm) limit = Math.min(max, limit + (hasBeenRefused ? 1 / limit : 1));
    },
    shrink: (startedAt, now) => {
      hasBeenRefused = true;
      if (startedAt <= shrunkAt) return;
      shrunkAt = now;
      limit = Math.max(1, limit / 2);
    },
    limit: () => Math.floor(limit),
  };
}

type Waiter = { readonly enter: () => void };

async function wait(waiters: Set<Waiter>, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stay = onAbort(signal, () => {
      waiters.delete(waiter);
      reject(signal.reason as Error);
    });
    const waiter: Waiter = {
      enter: () => {
        stay();
        resolve();
      },
    };
    waiters.add(waiter);
  });
}
