import { takePart } from "../model/deadline.ts";

/** Runs a task once for all who want the same at the same time; a failed one is forgotten, so that it can be tried again. */
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
