import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { OnReadProgress } from "../../model/read-progress.ts";

/** From this number of questions on, a young generation of its first size costs more than it saves. */
const MANY = 1000;
/** Enough that what a question in progress holds rarely outlives two collections, and is not copied to the old generation. */
const YOUNG_BYTES = 8 * 1024 * 1024;
/** From this size on, what is left of reading a manifest is worth a collection. */
const LARGE_HEAP_BYTES = 128 * 1024 * 1024;

/**
 * Has V8 collect the old generation whenever it has grown by half, because most of what a run allocates is garbage of finished requests.
 * docs/decisions/heap-growth.md
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=50");
}

/** Returns a callback that lets the young generation grow to 8 MiB when there are many questions. `bin/imgsync.js` keeps it smaller. */
export function growHeapForMany(): OnReadProgress {
  let isDecided = false;
  return ({ asked }) => {
    if (isDecided || asked < MANY) return;
    isDecided = true;
    keepHeapSmall();
    if (getHeapStatistics().used_heap_size >= LARGE_HEAP_BYTES) collectGarbage();
    setFlagsFromString("--semi-space-growth-factor=2");
    const observer = new PerformanceObserver(() => {
      const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
      if (young === undefined || young.space_size < YOUNG_BYTES) return;
      // it never shrinks, so that it keeps this size
      setFlagsFromString("--semi-space-growth-factor=1");
      observer.disconnect();
    });
    observer.observe({ entryTypes: ["gc"] });
  };
}

/**
 * Collects all garbage once. V8 decides after each collection when the next one is due: the last one while a large manifest was read would let
 * the heap grow to several times of what the plan needs. No runtime has a function for it, so it is taken from a context that has one.
 */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("globalThis.gc");
  if (typeof collect === "function") collect();
}
