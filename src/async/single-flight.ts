import { startSharedDeadline } from "../model/deadline.ts";
import { untilAborted } from "./until-aborted.ts";

/**
 * Runs work, or joins it if it is in progress for the same key.
 *
 * The work runs under its own signal, so that no caller can end it for another: the signal fires when every waiting caller has left. Work
 * that an item with a time limit starts gets the same time, counted from its own start; when that is over, callers that have time left
 * start again. A caller whose own signal fires leaves with the reason of that signal.
 *
 * `isAcceptable` decides whether an earlier result will do; if not, the work runs again. `isFresh`: the work was still in progress when
 * the caller joined. The result of work that the caller itself started is not checked.
 */
export type SingleFlight<T> = <R extends T>(
  key: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<R>,
  isAcceptable?: (result: R, isFresh: boolean) => boolean,
) => Promise<R>;

/** What callers get that come after the end of the work. By default they start it again. */
export type SingleFlightOptions = {
  /** They get the result. */
  readonly keepsResults?: boolean;
  /** They get the failure if this returns true, because the work would fail again. */
  readonly isLasting?: (thrown: unknown) => boolean;
};

type Flight = {
  readonly outcome: Promise<unknown>;
  /** The signal of the work. Only work that is not over is aborted. */
  readonly signal: AbortSignal;
  readonly state: { waiting: number; isOver: boolean };
  readonly abandon: (reason: unknown) => void;
};

/** The only way to share work between callers: one call at a time for each key. */
export function createSingleFlight<T>(options: SingleFlightOptions = {}): SingleFlight<T> {
  const { keepsResults = false, isLasting = () => false } = options;
  const flights = new Map<string, Flight>();

  const begin = (key: string, work: (signal: AbortSignal) => Promise<unknown>, starter: AbortSignal): Flight => {
    const abandoned = new AbortController();
    const deadline = startSharedDeadline(abandoned.signal, starter);
    const { signal } = deadline;
    const state = { waiting: 0, isOver: false };
    const forget = (): void => {
      if (flights.get(key)?.state === state) flights.delete(key);
    };
    // aborted work is never joined, and neither its result nor its failure is kept
    signal.addEventListener("abort", forget, { once: true });
    // fails only later, even if the work throws at once: the flight must be known before it is forgotten
    const start = async (): Promise<unknown> => work(signal);
    const run = async (): Promise<unknown> => {
      try {
        const result = await start();
        if (!keepsResults) forget();
        return result;
      } catch (thrown) {
        if (!isLasting(thrown)) forget();
        throw thrown;
      } finally {
        state.isOver = true;
        deadline.end();
      }
    };
    const flight = { outcome: run(), signal, state, abandon: (reason: unknown) => abandoned.abort(reason) };
    flights.set(key, flight);
    return flight;
  };

  const outcomeOf = async ({ outcome, signal: own, state, abandon }: Flight, signal: AbortSignal): Promise<unknown> => {
    state.waiting += 1;
    try {
      return await untilAborted(untilAborted(outcome, own), signal);
    } finally {
      state.waiting -= 1;
      if (state.waiting === 0 && !state.isOver) abandon(signal.reason);
    }
  };

  return async <R extends T>(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<R>,
    isAcceptable: (result: R, isFresh: boolean) => boolean = () => true,
  ): Promise<R> => {
    signal.throwIfAborted();
    for (let known = flights.get(key); known !== undefined; known = flights.get(key)) {
      const isFresh = !known.state.isOver;
      try {
        // each key is used with only one type
        const result = (await outcomeOf(known, signal)) as R;
        // another caller did not accept what was kept and started over: wait for that work
        if (!isFresh && flights.get(key) !== known) continue;
        if (isAcceptable(result, isFresh)) return result;
        if (flights.get(key) === known) flights.delete(key);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!known.signal.aborted) throw thrown;
      }
    }
    return (await outcomeOf(begin(key, work, signal), signal)) as R;
  };
}
