/** Bytes per second over a recent window, so that stalls become visible and bursts do not linger. */
export type SpeedMeter = {
  /** Records the total number of bytes at a time. */
  readonly add: (bytes: number, time: number) => void;
  /** Undefined until there are enough samples. */
  readonly read: (time: number) => number | undefined;
};

const WINDOW = 10_000;
const SHORTEST = 500;

export function createSpeedMeter(): SpeedMeter {
  let samples: readonly { readonly bytes: number; readonly time: number }[] = [];
  return {
    add: (bytes, time) => {
      // keep the newest sample before the window, which marks its start
      const first = samples.findLastIndex((sample) => sample.time <= time - WINDOW);
      samples = [...samples.slice(Math.max(0, first)), { bytes, time }];
    },
    read: (time) => {
      const [first] = samples;
      const last = samples.at(-1);
      if (first === undefined || last === undefined || time - first.time < SHORTEST) return undefined;
      return Math.max(0, ((last.bytes - first.bytes) / (time - first.time)) * 1000);
    },
  };
}

/** Returns the milliseconds until the remaining bytes are done at this speed; undefined if unknown. */
export function timeLeft(bytes: number, bytesPerSecond: number | undefined): number | undefined {
  if (bytesPerSecond === undefined || bytesPerSecond < 1) return undefined;
  return (Math.max(0, bytes) / bytesPerSecond) * 1000;
}
