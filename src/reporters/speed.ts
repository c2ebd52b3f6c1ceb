/** Bytes per second over the last while, so that a stall shows and a burst does not stay. */
export type SpeedMeter = {
  /** Tells how many bytes there are in all at this time. */
  readonly add: (bytes: number, time: number) => void;
  /** Undefined until there is enough to tell. */
  readonly read: (time: number) => number | undefined;
};

const WINDOW = 10_000;
const SHORTEST = 500;

export function createSpeedMeter(): SpeedMeter {
  let samples: readonly { readonly bytes: number; readonly time: number }[] = [];
  return {
    add: (bytes, time) => {
      // the newest sample before the window stays: it is where the window begins
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

/** Milliseconds until the rest is done at this speed; undefined where nobody can tell. */
export function timeLeft(bytes: number, bytesPerSecond: number | undefined): number | undefined {
  if (bytesPerSecond === undefined || bytesPerSecond < 1) return undefined;
  return (Math.max(0, bytes) / bytesPerSecond) * 1000;
}
