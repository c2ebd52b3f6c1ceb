import type { Descriptor } from "../model/descriptor.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import {
  formatReference,
  formatRepository,
  type Reference,
  type Repository,
  type TagReference,
} from "../model/reference.ts";
import type { AbsenceReason, TagList } from "../model/answer.ts";

export type LookAtTarget = (reference: Reference, options: Cancellable) => Promise<Descriptor | undefined>;
/** What is being listed, or has been, by repository. */
type Lists = Map<string, Promise<TagList | undefined>>;
type LookAtTag = (reference: TagReference, options: Cancellable) => Promise<Descriptor | undefined>;

/**
 * Where a target tag points; undefined: it is not there. Some registries refuse a look at what does not exist, as if it were
 * only hidden. Then the repository's list, asked for with the right to push, tells: a tag that is not in it is not there.
 * Where that is refused too nobody can tell, and nothing may be written. A list is asked for once.
 * @throws ImgsyncError DENIED, UNAUTHENTICATED where the registry says neither, and what reading throws
 */
export function createTargetLook(reader: Pick<Reader, "resolve" | "listTags">, lists: Lists = new Map()): LookAtTarget {
  return unlessRefused(reader.resolve, reader, lists);
}

/**
 * The same by GET, for a tag that must not move: HEAD has said that it is absent, and a registry or proxy that answers HEAD wrongly
 * would have it moved.
 */
export function createCertainLook(
  reader: Pick<Reader, "resolveByContent" | "listTags">,
  lists: Lists = new Map(),
): LookAtTag {
  return unlessRefused((reference, options) => lookByContent(reader, reference, options), reader, lists);
}

/** A 404 with a reason of its own is no word about the tag. */
async function lookByContent(
  { resolveByContent }: Pick<Reader, "resolveByContent">,
  reference: TagReference,
  { signal }: Cancellable,
): Promise<Descriptor | undefined> {
  let reason: AbsenceReason | undefined;
  const found = await resolveByContent(reference, { signal, onAbsent: (said) => void (reason = said) });
  // a target repository that does not exist yet is the usual case
  if (reason === undefined || reason.isOfRepository === true) return found;
  throw new ImgsyncError({
    code: "REGISTRY_PROTOCOL",
    side: "target",
    reference: formatReference(reference),
    message: `could not determine whether the tag exists: ${reference.repository.host} answered 404: ${reason.said}`,
    hint:
      reason.hint ??
      "check the registry and any proxy in front of it; a tag that must not move is not written until it is known to be absent",
  });
}

/** A look that takes the absence of a tag from nothing but agreement: HEAD says so, and GET too. */
export function createLookByBoth(reader: Pick<Reader, "resolve" | "resolveByContent" | "listTags">): LookAtTag {
  const lists: Lists = new Map();
  const look = createTargetLook(reader, lists);
  const lookAgain = createCertainLook(reader, lists);
  return async (reference, options) => (await look(reference, options)) ?? lookAgain(reference, options);
}

function unlessRefused<R extends Reference>(
  read: (reference: R, options: Cancellable) => Promise<Descriptor | undefined>,
  reader: Pick<Reader, "listTags">,
  lists: Lists,
): (reference: R, options: Cancellable) => Promise<Descriptor | undefined> {
  const listOnce = (repository: Repository, { signal }: Cancellable): Promise<TagList | undefined> => {
    const key = formatRepository(repository);
    const list = lists.get(key) ?? reader.listTags(repository, { signal, access: "pull,push" });
    lists.set(key, list);
    return list;
  };
  return async (reference, options) => {
    const { repository, tag } = reference;
    try {
      return await read(reference, options);
    } catch (thrown) {
      if (tag === undefined || !isRefusal(thrown)) throw thrown;
      const isListed = await listOnce(repository, options).then(
        (list) => list?.tags.includes(tag) ?? false,
        () => "unknown" as const,
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
