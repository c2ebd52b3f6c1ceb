import { RETRIES } from "./limits.ts";

/**
 * Bounds what retries add to a run and to each item of it, on top of the tries of each single request. An item is known by
 * its signal. What a registry asks for with Retry-After does not count: that is its way to slow us down.
 */
export type RetryBudget = {
  readonly noteRequest: (item: AbortSignal) => void;
  /** Takes one retry; otherwise says whose retries are used up. */
  readonly spend: (item: AbortSignal) => "spent" | "item" | "run";
};

type Count = { requests: number; retries: number };

export function createRetryBudget(): RetryBudget {
  const run: Count = { requests: 0, retries: 0 };
  const items = new WeakMap<AbortSignal, Count>();
  const countOf = (item: AbortSignal): Count => {
    const known = items.get(item);
    if (known !== undefined) return known;
    const fresh = { requests: 0, retries: 0 };
    items.set(item, fresh);
    return fresh;
  };
  return {
    noteRequest: (item) => {
      run.requests += 1;
      countOf(item).requests += 1;
    },
    spend: (signal) => {
      const item = countOf(signal);
      if (isUsedUp(item, RETRIES.perItem)) return "item";
      if (isUsedUp(run, RETRIES.perRun)) return "run";
      item.retries += 1;
      run.retries += 1;
      return "spent";
    },
  };
}

function isUsedUp({ requests, retries }: Count, always: number): boolean {
  return retries >= Math.max(always, requests * RETRIES.share);
}
