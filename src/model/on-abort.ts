import { createSlot } from "./slot.ts";

const callbacks = createSlot<AbortSignal, Set<() => void>>();

/**
 * Calls back once if the signal fires later. Returns a function that cancels this. One listener serves all callers, because thousands wait
 * for the signal of a run at a time, and an EventTarget searches all of its listeners to add or remove one.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiting = callbacks.get(signal) ?? listen(signal);
  waiting.add(callback);
  return () => void waiting.delete(callback);
}

function listen(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>();
  callbacks.set(signal, waiting);
  signal.addEventListener("abort", () => [...waiting].forEach((callback) => waiting.delete(callback) && callback()), {
    once: true,
  });
  return waiting;
}
