import type { Clock } from "../model/ports.ts";
import { RegistryError } from "./error.ts";
import { createLane, type Lane } from "./lane.ts";
import { MAX_RETRY_AFTER_MS } from "./limits.ts";

/** Reads and writes of one host have separate bounds: registries limit them separately, and one is often slower than the other. */
export type Kind = "read" | "write";

export type Permit = {
  readonly host: string;
  readonly kind: Kind;
  /** Requests whose latencies are comparable, such as all HEADs. */
  readonly group: string;
  readonly signal: AbortSignal;
};

/** Bounds the number of concurrent short requests per host and kind, and adapts the bounds to what the host can do. */
export type Throttle = {
  /**
   * Runs `task` when a permit is free. The task must have consumed or handed on its response when it settles, and must not wait for another
   * permit.
   */
  readonly run: <T>(permit: Permit, task: () => Promise<T>) => Promise<T>;
  /** Learns from the failure of a request without a permit, whose body is a stream. `startedAt`: when it was sent. */
  readonly note: (host: string, kind: Kind, thrown: unknown, startedAt: number) => void;
};

type HostState = { pausedUntil: number; readonly lanes: Map<Kind, Lane> };

export type ThrottleOptions = {
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** The number of processes that send requests to the same hosts at a time. They divide the bound. */
  readonly sharedBy?: number;
};

/**
 * No new request is sent to a host before the time that Retry-After names, and half as many after a 429 or 503; other hosts continue. How
 * the bounds grow: {@link createLane}.
 */
export function createThrottle({ clock, sharedBy = 1 }: ThrottleOptions): Throttle {
  const states = new Map<string, HostState>();
  const stateOf = (host: string): HostState => {
    const known = states.get(host);
    if (known !== undefined) return known;
    const fresh: HostState = { pausedUntil: 0, lanes: new Map() };
    states.set(host, fresh);
    return fresh;
  };
  const laneOf = ({ lanes }: HostState, kind: Kind): Lane => {
    const known = lanes.get(kind);
    if (known !== undefined) return known;
    const fresh = createLane({ sharedBy });
    lanes.set(kind, fresh);
    return fresh;
  };
  const note = (state: HostState, kind: Kind, thrown: unknown, startedAt: number): void => {
    if (!(thrown instanceof RegistryError)) return;
    const { status, retryAfterMs } = thrown.facts;
    if (status !== 429 && status !== 503) return;
    const now = clock.monotonic();
    laneOf(state, kind).shrink(startedAt, now);
    if (retryAfterMs !== undefined && retryAfterMs <= MAX_RETRY_AFTER_MS)
      state.pausedUntil = Math.max(state.pausedUntil, now + retryAfterMs);
  };
  return {
    run: async ({ host, kind, group, signal }, task) => {
      const state = stateOf(host);
      const lane = laneOf(state, kind);
      await lane.enter(signal);
      let startedAt = 0;
      try {
        await pause(state, clock, signal);
        startedAt = clock.monotonic();
        const result = await task();
        lane.grow(group, clock.monotonic() - startedAt);
        return result;
      } catch (thrown) {
        note(state, kind, thrown, startedAt);
        throw thrown;
      } finally {
        lane.leave();
      }
    },
    note: (host, kind, thrown, startedAt) => note(stateOf(host), kind, thrown, startedAt),
  };
}

async function pause(
  state: HostState,
  { monotonic, sleep }: Pick<Clock, "monotonic" | "sleep">,
  signal: AbortSignal,
): Promise<void> {
  for (let left = state.pausedUntil - monotonic(); left > 0; left = state.pausedUntil - monotonic())
    await sleep(left, signal);
}
