export type Shared<T> = (key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>) => Promise<T>;

type State = { readonly abort: AbortController; waiting: number; doneAt: number | undefined };
type Entry<T> = { readonly state: State; readonly promise: Promise<T> };

/**
 * Does the same work once for everyone who asks: concurrent askers wait for one call, later ones get its result or its
 * failure, until it is older than `maxAgeMs`. The work is aborted when the last asker has gone, and then forgotten.
 */
export function createShared<T>(options?: { readonly maxAgeMs: number; readonly monotonic: () => number }): Shared<T> {
  const entries = new Map<string, Entry<T>>();
  const now = options?.monotonic ?? (() => 0);
  const maxAgeMs = options?.maxAgeMs ?? Number.POSITIVE_INFINITY;

  const begin = (key: string, start: (signal: AbortSignal) => Promise<T>): Entry<T> => {
    const state: State = { abort: new AbortController(), waiting: 0, doneAt: undefined };
    const work = async (): Promise<T> => {
      try {
        return await start(state.abort.signal);
      } finally {
        // before the promise settles, so that no asker takes finished work for unfinished
        state.doneAt = now();
      }
    };
    const entry = { state, promise: work() };
    entries.set(key, entry);
    return entry;
  };

  return async (key, signal, start) => {
    signal.throwIfAborted();
    const known = entries.get(key);
    const isStale = known?.state.doneAt !== undefined && now() - known.state.doneAt > maxAgeMs;
    const entry = known === undefined || isStale ? begin(key, start) : known;
    entry.state.waiting += 1;
    try {
      return await untilAborted(entry.promise, signal);
    } finally {
      entry.state.waiting -= 1;
      if (entry.state.waiting === 0 && entry.state.doneAt === undefined) {
        entries.delete(key);
        entry.state.abort.abort(signal.reason);
      }
    }
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
