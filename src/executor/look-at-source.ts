import type { Descriptor } from "../model/descriptor.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import type { Reference } from "../model/reference.ts";
import type { AbsenceReason, Answer } from "../model/snapshot.ts";
import { answer } from "./answer.ts";

export type LookAtSource = (
  reference: Reference,
  options: Cancellable & { readonly run: AbortSignal },
) => Promise<Answer<Descriptor>>;

/**
 * Where a source tag points. That HEAD finds nothing is confirmed by GET: a missing source is an error or the reason for a delete,
 * so one more request is little, and only GET says why a registry does not serve what it has.
 */
export function createSourceLook(reader: Pick<Reader, "resolve" | "resolveByContent">): LookAtSource {
  return async (reference, { signal, run }) => {
    const found = await answer(reader.resolve(reference, { signal }), run);
    const { repository, tag, digest } = reference;
    if (found.kind !== "absent" || tag === undefined || digest !== undefined) return found;
    let reason: AbsenceReason | undefined;
    const onAbsent = (said: AbsenceReason): void => void (reason = said);
    const again = await answer(reader.resolveByContent({ repository, tag }, { signal, onAbsent }), run);
    return again.kind === "absent" && reason !== undefined ? { ...again, reason } : again;
  };
}
