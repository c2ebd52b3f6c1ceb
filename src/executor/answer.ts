import type { AbsenceReason, Answer } from "../model/answer.ts";
import { toErrorDetails } from "../model/error.ts";

/** Starts a reading; `onAbsent` gets the reason why there is nothing, where there is one. Undefined: nothing can be asked. */
export type Reading<T> = (onAbsent: (reason: AbsenceReason) => void) => Promise<T | undefined> | undefined;

/** What reading came to, as data. Throws only where the run itself is interrupted. */
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
