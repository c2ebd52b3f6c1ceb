import type { Clock } from "../../model/ports.ts";

/** Runs a task with a signal that fires after the given time or with `signal`. */
export async function inTime<T>(
  task: (signal: AbortSignal) => Promise<T>,
  {
    clock,
    milliseconds,
    signal,
  }: { readonly clock: Clock; readonly milliseconds: number; readonly signal: AbortSignal },
): Promise<T> {
  const limit = new AbortController();
  const stop = (): void => limit.abort(signal.reason);
  const cancel = clock.alarm(milliseconds, () => limit.abort(new DOMException("took too long", "AbortError")));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await task(limit.signal);
  } finally {
    cancel();
    signal.removeEventListener("abort", stop);
  }
}
