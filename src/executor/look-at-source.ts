import type { AbsenceReason } from "../model/answer.ts";
import type { Descriptor } from "../model/descriptor.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import type { Reference } from "../model/reference.ts";

export type LookAtSource = (
  reference: Reference,
  options: Cancellable & { readonly onAbsent: (reason: AbsenceReason) => void },
) => Promise<Descriptor | undefined>;

/**
 * Returns a function that resolves a source tag. If HEAD finds nothing, it confirms that by GET: a missing source is an error or causes a
 * delete, so the extra request is worth it, and only GET returns the reason.
 */
export function createSourceLook(reader: Pick<Reader, "resolve" | "resolveByContent">): LookAtSource {
  return async (reference, { signal, onAbsent }) => {
    const found = await reader.resolve(reference, { signal });
    const { repository, tag, digest } = reference;
    if (found !== undefined || tag === undefined || digest !== undefined) return found;
    return reader.resolveByContent({ repository, tag }, { signal, onAbsent });
  };
}
