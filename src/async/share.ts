export type Shared<T> = (
  key: string,
  signal: AbortSignal,
  start: (signal: AbortSignal) => Promise<T>,
  /** Reports whether an existing result is acceptable. */
  isGood?: (result: T) => boolean,
) => Promise<T>;

type State = { readonly abort: AbortController; waiting: number; isDone: boolean };
type Entry<T> = { readonly state: State; readonly promise: Promise<T> };

/**
 * Runs the same work once for all callers: concurrent callers wait for one call, and later ones get its result or failure while it is
 * acceptable. When the last waiting caller leaves, the work is aborted and forgotten.
 */
export function createShared<T>(): Shared<T> {
  const entries = new Map<string, Entry<T>>();

  const begin = (key: string, start: (signal: AbortSignal) => Promise<T>): Entry<T> => {
    const state: State = { abort: new AbortController(), waiting: 0, isDone: false };
    const work = async (): Promise<T> => {
      try {
        return await start(state.abort.signal);
      } finally {
        // set before the promise settles, so that no caller takes finished work for unfinished
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
      // another caller rejected this result and started over: wait for that work
      if (entries.get(key) !== known) continue;
      // a result that was pending at the time of the call is fresh enough
      if (isNew || isGood(result)) return result;
      break;
    }
    return outcomeOf(key, begin(key, start), signal);
  };
}

/** Returns the promise's outcome, or throws the signal's reason if that comes first. */
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
