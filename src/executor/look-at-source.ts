import type { AbsenceReason } from "../model/answer.ts";
import type { Descriptor } from "../model/descriptor.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import type { Reference, Repository } from "../model/reference.ts";

export type LookAtSource = (
  reference: Reference,
  options: Cancellable & {
    readonly onAbsent: (reason: AbsenceReason) => void;
    /** Where the image is copied to if it is not there yet; its manifest is read then anyway. */
    readonly destination?: Repository | undefined;
  },
) => Promise<Descriptor | undefined>;

/**
 * Returns a function that resolves a source tag. If HEAD finds nothing, it confirms that by GET: a missing source is an error or causes a
 * delete, so the extra request is worth it, and only GET returns the reason. If the image will certainly be copied, GET alone answers: its
 * content is kept, so that the manifest is not read a second time.
 */
export function createSourceLook(
  reader: Pick<Reader, "resolve" | "resolveByContent">,
  isEmpty: (repository: Repository, options: Cancellable) => Promise<boolean> = async () => false,
): LookAtSource {
  return async (reference, { signal, onAbsent, destination }) => {
    const { repository, tag, digest } = reference;
    const isTag = tag !== undefined && digest === undefined;
    if (isTag && destination !== undefined && (await isEmpty(destination, { signal })))
      return reader.resolveByContent({ repository, tag }, { signal, onAbsent });
    const found = await reader.resolve(reference, { signal });
    if (found !== undefined || tag === undefined || digest !== undefined) return found;
    return reader.resolveByContent({ repository, tag }, { signal, onAbsent });
  };
}
