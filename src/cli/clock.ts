import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../model/ports.ts";

/** The real time. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    await wait(milliseconds, undefined, { signal });
  },
};
