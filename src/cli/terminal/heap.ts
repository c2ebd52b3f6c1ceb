import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect the old generation whenever it has grown by half, because most of what a copy allocates is garbage of finished requests.
 * docs/decisions/heap-growth.md
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=50");
}
