import { untilIdle } from "../../../support/hold.ts";
import type { Clock } from "../../../../src/model/ports.ts";

type Event = { readonly at: number; readonly run: () => void };

/** Time that passes from event to event, for several processes that wait for each other. */
export type SimulatedTime = {
  readonly now: () => number;
  /** Runs the events up to this time, in order, each with everything that follows from it at once. `onEvent` is called after each. */
  readonly advanceTo: (until: number, onEvent?: () => void) => Promise<void>;
  readonly after: (milliseconds: number, run: () => void) => () => void;
  /** The clock of one process: `skewMs` is how wrong its wall clock is; its monotonic clock starts anywhere. */
  readonly clock: (options: { readonly skewMs: number; readonly origin: number }) => Clock;
};

export function createSimulatedTime(): SimulatedTime {
  let time = 0;
  const events = new Set<Event>();
  const after = (milliseconds: number, run: () => void): (() => void) => {
    const event = { at: time + milliseconds, run };
    events.add(event);
    return () => void events.delete(event);
  };
  const nextUntil = (until: number): Event | undefined => {
    let first: Event | undefined;
    for (const event of events) if (event.at <= until && (first === undefined || event.at < first.at)) first = event;
    return first;
  };
  return {
    now: () => time,
    after,
    advanceTo: async (until, onEvent) => {
      await untilIdle();
      for (let event = nextUntil(until); event !== undefined; event = nextUntil(until)) {
        events.delete(event);
        time = event.at;
        event.run();
        await untilIdle();
        onEvent?.();
      }
      time = until;
    },
    clock: ({ skewMs, origin }) => ({
      monotonic: () => origin + time,
      now: () => new Date(Date.UTC(2026, 2, 10) + time + skewMs),
      alarm: (milliseconds, ring) => after(milliseconds, ring),
      sleep: (milliseconds, signal) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) return reject(signal.reason as Error);
          const leave = (): void => {
            forget();
            reject(signal.reason as Error);
          };
          const forget = after(milliseconds, () => {
            signal.removeEventListener("abort", leave);
            resolve();
          });
          signal.addEventListener("abort", leave, { once: true });
        }),
    }),
  };
}
