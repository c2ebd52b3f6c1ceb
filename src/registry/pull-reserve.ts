import { createSemaphore, type Semaphore } from "../async/semaphore.ts";
import { untilAborted } from "../async/until-aborted.ts";
import { RegistryError } from "../http/error.ts";
import { PULL_RESERVE } from "../http/limits.ts";
import { parsePullLimit, type ReportedLimit } from "../http/pull-limits.ts";
import type { HostSettings, PullReserveSettings } from "../model/host-settings.ts";
import type { Cancellable, Clock } from "../model/ports.ts";
import { pullQuotaOf } from "../products/table.ts";
import type { Answer } from "./transport.ts";

/**
 * Keeps the number of pulls that a host must have left, `reserve` in images.yaml. Reads of manifests by GET are pulls, and HEADs are not.
 */
export type PullReserve = {
  /** Learns the remaining pulls from the answer to a request that is not a pull. */
  readonly observe: (host: string, look: () => Promise<Answer>) => Promise<Answer>;
  /**
   * Runs one attempt of a pull if it leaves the reserve, or waits until it does. `look` is the same request as a HEAD. If its answer is not a
   * success, it is the answer of the pull.
   * @throws RegistryError RATE_LIMITED
   */
  readonly pull: (host: string, pull: Pull) => Promise<Answer>;
};

type Pull = Cancellable & { readonly look: () => Promise<Answer>; readonly read: () => Promise<Answer> };

type Options = {
  readonly settingsFor: (host: string) => Pick<HostSettings, "reserve">;
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  readonly onWarning: (host: string, text: string) => void;
  /** The number of processes that pull from the same hosts at a time, each with one pull in progress at most. */
  readonly sharedBy?: number;
};

type HostState = {
  /** One pull at a time is admitted. */
  readonly admission: Semaphore;
  /** A number of pulls that are left for certain, unless another client pulls; undefined before the first answer with a limit. */
  left: number | undefined;
  reported: ReportedLimit | undefined;
  /** Since when too few pulls have been left; undefined after a pull. */
  lackingSince: number | undefined;
  /** When and in which order the request was sent whose answer `left` comes from. */
  askedAt: number;
  order: number;
  requests: number;
  started: number;
  finished: number;
  onFinished: (() => void)[];
};

export function createPullReserve({ settingsFor, clock, onWarning, sharedBy = 1 }: Options): PullReserve {
  const states = new Map<string, HostState>();
  const stateOf = (host: string): HostState => {
    const state = states.get(host) ?? newState();
    states.set(host, state);
    return state;
  };

  /** An answer says how many pulls were left at some moment after the request: pulls in progress since then may not be counted in it. */
  const observed = async (state: HostState, ask: () => Promise<Answer>): Promise<Answer> => {
    const { finished } = state;
    const askedAt = clock.monotonic();
    const order = (state.requests += 1);
    const answer = await ask();
    const limit = parsePullLimit(answer.header);
    if (limit === undefined || order < state.order) return answer;
    Object.assign(state, { order, askedAt, reported: limit, left: limit.remaining - (state.started - finished) });
    return answer;
  };

  const read = async (state: HostState, pull: Pull): Promise<Answer> => {
    try {
      return await observed(state, pull.read);
    } finally {
      state.finished += 1;
      for (const wake of state.onFinished.splice(0)) wake();
    }
  };

  // each of the other processes may have decided on a pull that the number does not count yet
  const kept = ({ pulls }: PullReserveSettings): number => pulls + sharedBy - 1;

  const isCertain = ({ left = 0, askedAt }: HostState, reserve: PullReserveSettings): boolean =>
    left > kept(reserve) && clock.monotonic() - askedAt <= PULL_RESERVE.freshMs;

  // what others have pulled since the last look is not known, so with others each pull needs a look of its own
  const needsNoLook = (state: HostState, reserve: PullReserveSettings): boolean =>
    sharedBy === 1 && isCertain(state, reserve);

  /** Returns the answer to the look if there is nothing to pull, or whether the pull counts. */
  const admit = async (host: string, reserve: PullReserveSettings, pull: Pull): Promise<Answer | "go" | "free"> => {
    const state = stateOf(host);
    while (!needsNoLook(state, reserve)) {
      await othersFinish(state, pull);
      const answer = await observed(state, pull.look);
      if (answer.status !== 200) return answer;
      if (isUnlimited(host, answer)) return "free";
      if (parsePullLimit(answer.header) === undefined) throw unknown(host, reserve);
      if (isCertain(state, reserve)) break;
      const now = clock.monotonic();
      state.lackingSince ??= now;
      // the next pull does not wait for hours again
      const waited = now - state.lackingSince;
      if (kept(reserve) >= (state.reported?.limit ?? Infinity))
        throw impossible(host, reserve, { reported: state.reported, sharedBy });
      if (!reserve.wait || waited + PULL_RESERVE.pollMs > PULL_RESERVE.maxWaitMs)
        throw exhausted(host, reserve, { reported: state.reported, sharedBy });
      onWarning(
        host,
        `waiting until more than ${kept(reserve)} pulls are left, the \`reserve\` of this registry${forOthers(sharedBy)}`,
      );
      await clock.sleep(PULL_RESERVE.pollMs, pull.signal);
    }
    state.lackingSince = undefined;
    state.left = (state.left ?? 0) - 1;
    state.started += 1;
    return "go";
  };

  return {
    observe: (host, look) => (settingsFor(host).reserve === undefined ? look() : observed(stateOf(host), look)),
    pull: async (host, pull) => {
      const { reserve } = settingsFor(host);
      if (reserve === undefined) return pull.read();
      const state = stateOf(host);
      const admitted = await state.admission.run(pull.signal, () => admit(host, reserve, pull));
      if (admitted === "go") return read(state, pull);
      return admitted === "free" ? observed(state, pull.read) : admitted;
    },
  };
}

function newState(): HostState {
  const counts = { askedAt: 0, order: 0, requests: 0, started: 0, finished: 0 };
  const unknown = { left: undefined, reported: undefined, lackingSince: undefined };
  return { admission: createSemaphore(1), ...unknown, ...counts, onFinished: [] };
}

/** After that, an answer counts all of our pulls. */
async function othersFinish(state: HostState, { signal }: Cancellable): Promise<void> {
  while (state.finished < state.started)
    await untilAborted(new Promise<void>((resolve) => void state.onFinished.push(resolve)), signal);
}

/** A product may send no limit for images and accounts whose pulls do not count. At other hosts, silence is not known to mean that. */
function isUnlimited(host: string, { header }: Answer): boolean {
  const isSilent = header("ratelimit-limit") === undefined && header("ratelimit-remaining") === undefined;
  return isSilent && pullQuotaOf(host)?.isSilentIfUnlimited === true;
}

type Counted = Pick<HostState, "reported"> & { readonly sharedBy: number };

function impossible(host: string, { pulls }: PullReserveSettings, { reported, sharedBy }: Counted): RegistryError {
  return new RegistryError({
    code: "RATE_LIMITED",
    message: `not pulled: ${host} allows ${reported?.limit ?? 0} pulls, and \`reserve\` keeps ${pulls}${forOthers(sharedBy)}`,
    hint: sharedBy === 1 ? "keep fewer pulls" : "keep fewer pulls, or run fewer shards at a time, with --parallel",
  });
}

function exhausted(host: string, { pulls, wait }: PullReserveSettings, { reported, sharedBy }: Counted): RegistryError {
  const left = `${reported?.remaining ?? 0} of ${reported?.limit ?? 0} pulls are left`;
  return new RegistryError({
    code: "RATE_LIMITED",
    message: `not pulled: at ${host} ${left}, and \`reserve\` keeps ${pulls}${forOthers(sharedBy)}${wait ? ", also after hours of waiting" : ""}`,
    hint: wait
      ? "run again later, or keep fewer pulls"
      : "run again later, keep fewer pulls, or let imgsync wait with `wait: true`",
  });
}

function forOthers(sharedBy: number): string {
  return sharedBy === 1 ? "" : ` and ${sharedBy - 1} more for pulls of other shards (--parallel)`;
}

function unknown(host: string, { pulls }: PullReserveSettings): RegistryError {
  return new RegistryError({
    code: "RATE_LIMITED",
    message: `not pulled: ${host} did not report how many pulls are left, and \`reserve\` keeps ${pulls}`,
    hint: "if this registry has no limit, remove its `reserve` from images.yaml",
  });
}
