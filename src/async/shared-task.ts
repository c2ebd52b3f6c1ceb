import { takePart } from "../model/deadline.ts";

/** Runs a task once for concurrent callers with the same key. Finished tasks are forgotten, so that a failed one can be retried. */
export type Shared = (key: string, task: () => Promise<void>, signal: AbortSignal) => Promise<void>;

export function createShared(): Shared {
  const running = new Map<string, Promise<void>>();
  return (key, task, signal) =>
    takePart(() => {
      const known = running.get(key);
      if (known !== undefined) return known;
      const fresh = task().finally(() => running.delete(key));
      running.set(key, fresh);
      return fresh;
    }, signal);
}
