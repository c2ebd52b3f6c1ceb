import { setImmediate } from "node:timers/promises";

/** What a measuring process prints, as JSON. */
export type Measured = {
  readonly runs: number;
  /** Bytes of heap that are in use after a collection, at each sample. */
  readonly heap: readonly number[];
  /** Timers, sockets and the like that are open, at each sample. */
  readonly resources: readonly number[];
  /** The most listeners that the signal of the whole process had at one time. */
  readonly listeners?: number;
  /** Time series that Prometheus is given. */
  readonly series?: number;
  readonly posts?: number;
};

export function report(measured: Measured): void {
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

export function measureMemory() {
  const heap: number[] = [];
  const resources: number[] = [];
  return {
    sample: async (): Promise<void> => {
      // the second one takes what the finalizers of the first let go of
      for (let times = 0; times < 2; times += 1) {
        await setImmediate();
        collect();
      }
      heap.push(process.memoryUsage().heapUsed);
      resources.push(process.getActiveResourcesInfo?.().length ?? 0);
    },
    result: () => ({ heap, resources }),
  };
}

function collect(): void {
  const gc = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") throw new Error("this needs --expose-gc");
  gc();
}

/** Counts who listens for the abort, by watching them come and go. */
export function countListeners(signal: AbortSignal): () => number {
  let most = 0;
  const current = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...words: Parameters<typeof add>) => {
    current.add(words[1]);
    most = Math.max(most, current.size);
    add(...words);
  };
  signal.removeEventListener = (...words: Parameters<typeof remove>) => {
    current.delete(words[1]);
    remove(...words);
  };
  return () => most;
}
