import type { Clock } from "../model/ports.ts";
import { RegistryError } from "./error.ts";
import { createLane, type Lane } from "./lane.ts";
import { MAX_RETRY_AFTER_MS } from "./limits.ts";
import { createRefusals, type Refusals } from "./refusals.ts";

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
  /** Runs a task whose body is a stream. It takes no permit, but learns from its answer in the same way. */
  readonly runStream: <T>(permit: Permit, task: () => Promise<T>) => Promise<T>;
};

type HostState = {
  pausedUntil: number;
  readonly lanes: Map<Kind, Lane>;
  /** By group. */
  readonly refusals: Map<string, Refusals>;
};

export type ThrottleOptions = {
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** The number of processes that send requests to the same hosts at a time. They divide the bound. */
  readonly sharedBy?: number;
};

/**
 * No new request is sent to a host before the time that Retry-After names, and half as many after a 429 or 503; other hosts continue. How
 * the bounds grow: {@link createLane}. When requests are given up: {@link createRefusals}.
 */
export function createThrottle({ clock, sharedBy = 1 }: ThrottleOptions): Throttle {
  const states = new Map<string, HostState>();
  const stateOf = (host: string): HostState => {
    const known = states.get(host);
    if (known !== undefined) return known;
    const fresh: HostState = { pausedUntil: 0, lanes: new Map(), refusals: new Map() };
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
  const refusalsOf = ({ refusals }: HostState, { host, group }: Permit): Refusals => {
    const known = refusals.get(group);
    if (known !== undefined) return known;
    const fresh = createRefusals(host, group);
    refusals.set(group, fresh);
    return fresh;
  };
  const note = (state: HostState, kind: Kind, thrown: unknown, startedAt: number): void => {
    if (!isRefusal(thrown)) return;
    const { retryAfterMs } = thrown.facts;
    const now = clock.monotonic();
    laneOf(state, kind).shrink(startedAt, now);
    if (retryAfterMs !== undefined && retryAfterMs <= MAX_RETRY_AFTER_MS)
      state.pausedUntil = Math.max(state.pausedUntil, now + retryAfterMs);
  };
  const send = async <T>(permit: Permit, task: () => Promise<T>): Promise<T> => {
    const state = stateOf(permit.host);
    const refusals = refusalsOf(state, permit);
    const startedAt = clock.monotonic();
    try {
      const result = await task();
      refusals.noteAnswer();
      return result;
    } catch (thrown) {
      if (isRefusal(thrown)) refusals.noteRefusal(startedAt);
      else if (isAnswer(thrown)) refusals.noteAnswer();
      note(state, permit.kind, thrown, startedAt);
      throw thrown;
    }
  };
  return {
    run: async (permit, task) => {
      const { host, kind, group, signal } = permit;
      const state = stateOf(host);
      const lane = laneOf(state, kind);
      await lane.enter(signal);
      try {
        refusalsOf(state, permit).check(clock.monotonic());
        await pause(state, clock, signal);
        const startedAt = clock.monotonic();
        const result = await send(permit, task);
        lane.grow(group, clock.monotonic() - startedAt);
        return result;
      } finally {
        lane.leave();
      }
    },
    runStream: async (permit, task) => {
      refusalsOf(stateOf(permit.host), permit).check(clock.monotonic());
      return send(permit, task);
    },
  };
}

/** A refusal for load. */
function isRefusal(thrown: unknown): thrown is RegistryError {
  return thrown instanceof RegistryError && (thrown.facts.status === 429 || thrown.facts.status === 503);
}

function isAnswer(thrown: unknown): boolean {
  return thrown instanceof RegistryError && thrown.facts.status !== undefined;
}

async function pause(
  state: HostState,
  { monotonic, sleep }: Pick<Clock, "monotonic" | "sleep">,
  signal: AbortSignal,
): Promise<void> {
  for (let left = state.pausedUntil - monotonic(); left > 0; left = state.pausedUntil - monotonic())
    await sleep(left, signal);
}
