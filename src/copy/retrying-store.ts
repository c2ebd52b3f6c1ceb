import type { Clock } from "../model/ports.ts";
import type { Store } from "../model/store.ts";
import type { Timeouts } from "../http/limits.ts";

/** A store for copies, with what decides how failed operations are retried. */
export type RetryingStore = Store & {
  readonly retry: <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly clock: Clock;
  readonly timeouts: Pick<Timeouts, "bodyIdleMs">;
};
