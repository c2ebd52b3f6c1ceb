import type { Clock } from "../model/ports.ts";

/** A limit on the time without news. */
export type SilenceLimit = {
  /** Fires with the caller's signal, or when the time is over. */
  readonly signal: AbortSignal;
  /** Starts the time again. */
  readonly hear: () => void;
  readonly isOver: () => boolean;
  /** Must be called when the work has ended in any way. */
  readonly end: () => void;
};

/** Limits the time in which work reports nothing, for work of any length. */
export function limitSilence(clock: Pick<Clock, "alarm">, milliseconds: number, signal: AbortSignal): SilenceLimit {
  const silent = new AbortController();
  const set = (): (() => void) => clock.alarm(milliseconds, () => silent.abort());
  let cancel = set();
  return {
    signal: AbortSignal.any([signal, silent.signal]),
    hear: () => {
      cancel();
      cancel = set();
    },
    isOver: () => silent.signal.aborted && !signal.aborted,
    end: () => cancel(),
  };
}
