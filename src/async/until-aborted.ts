import { onAbort } from "../model/on-abort.ts";

/** Waits for the task until the signal fires, and then throws the signal's reason. The task itself is not cancelled. */
export async function untilAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(signal.reason as Error);
  if (signal.aborted) leave();
  const stay = onAbort(signal, leave);
  try {
    return await Promise.race([task, promise]);
  } finally {
    stay();
  }
}
