import type { AbsenceReason, Answer } from "../model/answer.ts";
import { toErrorDetails } from "../model/error.ts";

/** Starts a read. `onAbsent` receives the reason if there is nothing and the registry gave one. Undefined if the read is not possible. */
export type Reading<T> = (onAbsent: (reason: AbsenceReason) => void) => Promise<T | undefined> | undefined;

/** Returns the result of a read as data. Throws only if the run is interrupted. */
export async function answer<T>(read: Reading<T>, run: AbortSignal): Promise<Answer<T>> {
  let reason: AbsenceReason | undefined;
  try {
    const value = await read((said) => void (reason = said));
    if (value !== undefined) return { kind: "found", value };
    return reason === undefined ? { kind: "absent" } : { kind: "absent", reason };
  } catch (thrown) {
    run.throwIfAborted();
    return { kind: "failed", error: toErrorDetails(thrown) };
  }
}
