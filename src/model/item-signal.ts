import { createSlot } from "./slot.ts";

/**
 * An item, such as a change or a question of planning, is identified by its signal: its retries have a common budget, and its work has a
 * common time limit. Signals that are derived from it are recorded here, so that their work counts for the same item.
 */
const items = createSlot<AbortSignal, AbortSignal>();

/** Records that work under `signal` counts for the item that `starter` belongs to. Returns `signal`. */
export function countForItemOf(starter: AbortSignal, signal: AbortSignal): AbortSignal {
  items.set(signal, itemOf(starter));
  return signal;
}

/** Returns the signal of the item, which is the signal itself unless it is derived. */
export function itemOf(signal: AbortSignal): AbortSignal {
  return items.get(signal) ?? signal;
}
