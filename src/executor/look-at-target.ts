import type { Descriptor } from "../model/descriptor.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import { formatRepository, type Reference, type Repository } from "../model/reference.ts";
import type { TagList } from "../model/snapshot.ts";

export type LookAtTarget = (reference: Reference, options: Cancellable) => Promise<Descriptor | undefined>;

/**
 * Where a target tag points; undefined: it is not there. Some registries refuse a look at what does not exist, as if it were
 * only hidden. Then the repository's list, asked for with the right to push, tells: a tag that is not in it is not there.
 * Where that is refused too nobody can tell, and nothing may be written. A list is asked for once.
 * @throws ImgsyncError DENIED, UNAUTHENTICATED where the registry says neither, and what reading throws
 */
export function createTargetLook(reader: Pick<Reader, "resolve" | "listTags">): LookAtTarget {
  const lists = new Map<string, Promise<TagList | undefined>>();
  const listOnce = (repository: Repository, { signal }: Cancellable): Promise<TagList | undefined> => {
    const key = formatRepository(repository);
    const list = lists.get(key) ?? reader.listTags(repository, { signal, access: "pull,push" });
    lists.set(key, list);
    return list;
  };
  return async (reference, options) => {
    const { repository, tag } = reference;
    try {
      return await reader.resolve(reference, options);
    } catch (thrown) {
      if (tag === undefined || !isRefusal(thrown)) throw thrown;
      const isListed = await listOnce(repository, options).then(
        (list) => list?.tags.includes(tag) ?? false,
        () => "nobody can tell" as const,
      );
      if (isListed === false) return undefined;
      options.signal.throwIfAborted();
      throw isListed === true ? thrown : unclear(thrown);
    }
  };
}

function isRefusal(thrown: unknown): thrown is ImgsyncError {
  return thrown instanceof ImgsyncError && (thrown.code === "DENIED" || thrown.code === "UNAUTHENTICATED");
}

function unclear({ details, cause }: ImgsyncError): ImgsyncError {
  const { hint } = details;
  const both =
    "the credentials may not read it, or it does not exist yet: give them that right, or create the repository";
  const isSaid = hint === undefined || details.code === "DENIED";
  return new ImgsyncError({ ...details, hint: isSaid ? both : `${hint}; otherwise it may not exist yet` }, { cause });
}
