import type { Clock } from "../model/ports.ts";
import { PACE } from "./limits.ts";

/** Measures the transfer rate of the other side, based only on time spent waiting for it. */
export type Pace = {
  /** Records bytes and the time they took. Returns true if the transfer is too slow to continue. */
  readonly isTooSlow: (bytes: number, waitedMs: number) => boolean;
  readonly now: Clock["monotonic"];
};

/** A peer that transfers a byte now and then never hits the idle timeout, but would hold up a transfer for hours. */
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
