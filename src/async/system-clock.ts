import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../model/ports.ts";

/** Longer timers fire immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The system's real time. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    try {
      await wait(milliseconds, undefined, { signal });
    } catch (thrown) {
      // Node wraps the reason in its own error
      signal.throwIfAborted();
      throw thrown;
    }
  },
  alarm: (milliseconds, ring) => {
    const timer = setTimeout(ring, Math.min(milliseconds, MAX_TIMER_MS)).unref();
    return () => clearTimeout(timer);
  },
};
