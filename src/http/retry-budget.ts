import { itemOf } from "../model/item-signal.ts";
import { createSlot } from "../model/slot.ts";
import { RETRIES } from "./limits.ts";

/**
 * Bounds the retries of a run and of each item in it, in addition to the attempts of each request. An item is identified by its signal.
 * Retries that the registry asks for with Retry-After do not count: they are its way to slow us down.
 */
export type RetryBudget = {
  readonly noteRequest: (item: AbortSignal) => void;
  /** Takes one retry, or returns whose budget is used up. */
  readonly spend: (item: AbortSignal) => "spent" | "item" | "run";
};

type Count = { requests: number; retries: number };

export function createRetryBudget(): RetryBudget {
  const run: Count = { requests: 0, retries: 0 };
  const items = createSlot<AbortSignal, Count>();
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
      countOf(itemOf(item)).requests += 1;
    },
    spend: (signal) => {
      const item = countOf(itemOf(signal));
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
