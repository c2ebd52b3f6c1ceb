import type { Clock } from "../model/ports.ts";
import { RegistryError } from "./error.ts";
import { BREAKER } from "./limits.ts";

/**
 * Tracks hosts that have stopped responding, so that a host that is down costs the retries once per run and not once per change. It opens
 * after several consecutive requests without a response over a period of time, which gives a restarting registry time to come back.
 */
export type Breaker = {
  /** @throws RegistryError REGISTRY_UNREACHABLE immediately while the breaker is open */
  readonly run: <T>(host: string, task: () => Promise<T>) => Promise<T>;
};

type HostState = {
  failures: number;
  firstFailureAt: number;
  /** Undefined while the breaker is closed. */
  openUntil: number | undefined;
};

export function createBreaker({ clock }: { readonly clock: Pick<Clock, "monotonic" | "now"> }): Breaker {
  const states = new Map<string, HostState>();
  const stateOf = (host: string): HostState => {
    const known = states.get(host);
    if (known !== undefined) return known;
    const fresh = { failures: 0, firstFailureAt: 0, openUntil: undefined };
    states.set(host, fresh);
    return fresh;
  };
  return {
    run: async (host, task) => {
      const state = stateOf(host);
      const isProbe = state.openUntil !== undefined;
      if (state.openUntil !== undefined) {
        const left = state.openUntil - clock.monotonic();
        if (left > 0) throw givenUp(host, state.failures, new Date(clock.now().getTime() + left));
        // this request is the probe; concurrent requests still fail
        state.openUntil = clock.monotonic() + BREAKER.openMs;
      }
      try {
        const result = await task();
        Object.assign(state, { failures: 0, openUntil: undefined });
        return result;
      } catch (thrown) {
        if (isSilence(thrown)) fail(state, clock.monotonic());
        // the probe was canceled or refused before it was sent and proved nothing, so the next request may probe
        else if (isProbe) state.openUntil = clock.monotonic();
        throw thrown;
      }
    },
  };
}

function fail(state: HostState, now: number): void {
  if (state.failures === 0) state.firstFailureAt = now;
  state.failures += 1;
  if (state.failures >= BREAKER.failures && now - state.firstFailureAt >= BREAKER.spanMs)
    state.openUntil = now + BREAKER.openMs;
}

/** No response at all. A response with any status means that the host is up. */
function isSilence(thrown: unknown): boolean {
  return thrown instanceof RegistryError && (thrown.facts.isUnreachable === true || thrown.code === "REGISTRY_TIMEOUT");
}

function givenUp(host: string, failures: number, until: Date): RegistryError {
  return new RegistryError({
    code: "REGISTRY_UNREACHABLE",
    message: `${host} is paused: the last ${failures} requests to it got no answer`,
    hint: `it is retried from ${until.toISOString()} on; run again when it is back`,
  });
}
