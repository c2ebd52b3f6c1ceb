import type { Clock } from "../model/ports.ts";
import type { Store } from "../model/store.ts";
import type { Timeouts } from "../http/limits.ts";

/** The store that is copied from and to, with what decides how long an operation on it goes on after failures. */
export type RetryingStore = Store & {
  readonly retry: <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly clock: Clock;
  readonly timeouts: Pick<Timeouts, "bodyIdleMs">;
};
