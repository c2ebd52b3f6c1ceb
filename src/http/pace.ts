import type { Clock } from "../model/ports.ts";
import { PACE } from "./limits.ts";

/** Watches how fast the other side is, by the time that we spent waiting for it alone. */
export type Pace = {
  /** Notes bytes that took so long; true where the side has become too slow to be waited for. */
  readonly isTooSlow: (bytes: number, waitedMs: number) => boolean;
  readonly now: Clock["monotonic"];
};

/** A side that sends or takes a byte now and then is never idle, and would still hold a transfer up for hours. */
export function createPace({ monotonic }: Pick<Clock, "monotonic">): Pace {
  let waited = 0;
  let moved = 0;
  return {
    now: monotonic,
    isTooSlow: (bytes, waitedMs) => {
      waited += waitedMs;
      moved += bytes;
      if (waited < PACE.windowMs) return false;
      const isSlow = moved < (waited / 1000) * PACE.bytesPerSecond;
      waited = 0;
      moved = 0;
      return isSlow;
    },
  };
}
