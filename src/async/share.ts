export type Shared<T> = (
  key: string,
  signal: AbortSignal,
  start: (signal: AbortSignal) => Promise<T>,
  /** Whether a result that is there already will do. */
  isGood?: (result: T) => boolean,
) => Promise<T>;

type State = { readonly abort: AbortController; waiting: number; isDone: boolean };
type Entry<T> = { readonly state: State; readonly promise: Promise<T> };

/**
 * Does the same work once for everyone who asks: concurrent askers wait for one call, later ones get its result or its
 * failure, as long as it is good. The work is aborted when the last asker has gone, and then forgotten.
 */
export function createShared<T>(): Shared<T> {
  const entries = new Map<string, Entry<T>>();

  const begin = (key: string, start: (signal: AbortSignal) => Promise<T>): Entry<T> => {
    const state: State = { abort: new AbortController(), waiting: 0, isDone: false };
    const work = async (): Promise<T> => {
      try {
        return await start(state.abort.signal);
      } finally {
        // before the promise settles, so that no asker takes finished work for unfinished
        state.isDone = true;
      }
    };
    const entry = { state, promise: work() };
    entries.set(key, entry);
    return entry;
  };

  const outcomeOf = async (key: string, { state, promise }: Entry<T>, signal: AbortSignal): Promise<T> => {
    state.waiting += 1;
    try {
      return await untilAborted(promise, signal);
    } finally {
      state.waiting -= 1;
      if (state.waiting === 0 && !state.isDone) {
        entries.delete(key);
        state.abort.abort(signal.reason);
      }
    }
  };

  return async (key, signal, start, isGood = () => true) => {
    signal.throwIfAborted();
    for (let known = entries.get(key); known !== undefined; known = entries.get(key)) {
      const isNew = !known.state.isDone;
      const result = await outcomeOf(key, known, signal);
      // another asker has found it wanting and has begun anew: that is what there is now
      if (entries.get(key) !== known) continue;
      // what was still being done when it was asked for is as new as can be had
      if (isNew || isGood(result)) return result;
      break;
    }
    return outcomeOf(key, begin(key, start), signal);
  };
}

/** The promise's outcome, or the signal's reason if that comes first. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
