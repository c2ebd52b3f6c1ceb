import type { Clock } from "../model/ports.ts";
import { RegistryError } from "./error.ts";
import { BREAKER } from "./limits.ts";

/**
 * Knows which hosts have stopped answering, so that a host that is down costs a run its tries once and not once for every
 * change. It opens when several requests in a row got no answer over some time: a registry that restarts is waited for.
 */
export type Breaker = {
  /** @throws RegistryError REGISTRY_UNREACHABLE at once while the host is given up */
  readonly run: <T>(host: string, task: () => Promise<T>) => Promise<T>;
};

type HostState = {
  failures: number;
  firstFailureAt: number;
  /** Undefined: requests go through. */
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
        // this one finds out; whoever comes meanwhile is still turned away
        state.openUntil = clock.monotonic() + BREAKER.openMs;
      }
      try {
        const result = await task();
        Object.assign(state, { failures: 0, openUntil: undefined });
        return result;
      } catch (thrown) {
        if (isSilence(thrown)) fail(state, clock.monotonic());
        // cancelled, or refused before it was sent: nothing was found out, so the next one may ask
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

/** No answer at all; an answer of any status means that the host is there. */
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
