import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** The size at which the young generation stops growing. Smaller ones cost time, because what is in use is copied out of them too early. */
const YOUNG_BYTES = 8 * 1024 ** 2;
const CHECK_MS = 25;

/**
 * Keeps the memory of the process near what is in use. By default V8 lets the young generation grow to 128 MiB, and the heap to up to four
 * times what is in use while it grows fast. docs/decisions/memory.md
 */
export function boundHeap(): void {
  setFlagsFromString("--heap-growing-percent=100");
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
    if (young !== undefined && young.space_size < YOUNG_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    clearInterval(timer);
  }, CHECK_MS);
  timer.unref();
}
