import { setImmediate, setTimeout } from "node:timers/promises";

/** How long closing connections and messages in flight may stay open on a busy machine. */
const CLOSING_MS = 5000;
export const IN_CLOSING = 2;

/** The measurements that a process prints as JSON. */
export type Measured = {
  readonly runs: number;
  /** Bytes of heap in use after a garbage collection, at each sample. */
  readonly heap: readonly number[];
  /** Open timers, sockets and similar resources, at each sample. */
  readonly resources: readonly number[];
  /** The highest number of listeners on the process-wide signal at one time. */
  readonly listeners?: number;
  /** Time series exported to Prometheus. */
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
      // the second collection frees what the finalizers of the first one released
      for (let times = 0; times < 2; times += 1) {
        await setImmediate();
        collect();
      }
      heap.push(process.memoryUsage().heapUsed);
      resources.push(await openResources(resources[0]));
    },
    result: () => ({ heap, resources }),
  };
}

/** Counts open resources, after giving those that are closing time to close. */
async function openResources(before: number | undefined): Promise<number> {
  const deadline = performance.now() + CLOSING_MS;
  for (;;) {
    const open = process.getActiveResourcesInfo().length;
    if (before === undefined || open <= before + IN_CLOSING || performance.now() > deadline) return open;
    await setTimeout(10);
  }
}

function collect(): void {
  const gc = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") throw new Error("this needs --expose-gc");
  gc();
}

/** Intercepts the listeners of a signal; the result returns the highest number of them at one time. */
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
