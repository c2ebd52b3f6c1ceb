import { startDeadline } from "../../src/model/deadline.ts";
import { instantClock } from "./client.ts";
import { calm } from "./scope.ts";

/** An item whose time is over when `expire` is called. Shared work that it starts begins a moment later, so it may take longer. */
export async function startExpiringItem(): Promise<{
  readonly signal: AbortSignal;
  readonly expire: () => Promise<void>;
}> {
  const clock = instantClock();
  const { signal } = startDeadline(calm.signal, { clock, milliseconds: 1000 });
  await clock.sleep(1, calm.signal);
  return { signal, expire: () => clock.sleep(999, calm.signal) };
}
