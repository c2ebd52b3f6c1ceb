import { setImmediate, setTimeout } from "node:timers/promises";

/** A connection that is just being closed and a message that is on its way may still be open, on a busy machine for a while. */
const CLOSING_MS = 5000;
export const IN_CLOSING = 2;

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
      resources.push(await openResources(resources[0]));
    },
    result: () => ({ heap, resources }),
  };
}

/** What is still open, after the time that things in closing get to become as few as they were. */
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
