import { onAbort } from "../model/on-abort.ts";

/** Runs at most `permits` tasks at a time, first come, first served. */
export type Semaphore = { readonly run: <T>(signal: AbortSignal, task: () => Promise<T>) => Promise<T> };

export function createSemaphore(permits: number): Semaphore {
  let free = permits;
  const waiting: (() => void)[] = [];
  const acquire = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        stay();
        resolve();
      };
      const stay = onAbort(signal, () => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(signal.reason as Error);
      });
      waiting.push(enter);
    });
  };
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    run: async (signal, task) => {
      await acquire(signal);
      try {
        signal.throwIfAborted();
        return await task();
      } finally {
        release();
      }
    },
  };
}
