import { toErrorDetails } from "../model/error.ts";
import type { Answer } from "../model/snapshot.ts";

/** What reading came to, as data. Throws only where the run itself is interrupted. */
export async function answer<T>(reading: Promise<T | undefined> | undefined, run: AbortSignal): Promise<Answer<T>> {
  try {
    const value = await reading;
    return value === undefined ? { kind: "absent" } : { kind: "found", value };
  } catch (thrown) {
    run.throwIfAborted();
    return { kind: "failed", error: toErrorDetails(thrown) };
  }
}
