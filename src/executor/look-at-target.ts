import { createSingleFlight, type SingleFlight } from "../async/single-flight.ts";
import type { Descriptor } from "../model/descriptor.ts";
import { DENIED_HINT } from "../http/error.ts";
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
/** Lists each repository once. A refusal is lasting. */
type Lists = SingleFlight<TagList | undefined>;
type LookAtTag = (reference: TagReference, options: Cancellable) => Promise<Descriptor | undefined>;

/**
 * Returns a function that resolves a target tag; undefined if it does not exist. Some registries refuse to reveal that a tag does not
 * exist, as if it were hidden. In that case the tag list decides, requested once per repository and with push permission: a tag that is not
 * listed does not exist. If the list is refused too, it is unknown whether the tag exists, and nothing may be written.
 * @throws ImgsyncError DENIED, UNAUTHENTICATED if the registry reveals neither, and any error of the read
 */
export function createTargetLook(reader: Pick<Reader, "resolve" | "listTags">, lists = createLists()): LookAtTarget {
  return unlessRefused(reader.resolve, reader, lists);
}

/**
 * Like {@link createTargetLook}, but by GET, for a tag that must not move and that HEAD reported as absent. Otherwise a registry or proxy
 * with wrong answers to HEAD could cause the tag to be moved.
 */
export function createCertainLook(
  reader: Pick<Reader, "resolveByContent" | "listTags">,
  lists = createLists(),
): LookAtTag {
  return unlessRefused((reference, options) => lookByContent(reader, reference, options), reader, lists);
}

/** A 404 with another reason does not mean that the tag is absent. */
async function lookByContent(
  { resolveByContent }: Pick<Reader, "resolveByContent">,
  reference: TagReference,
  { signal }: Cancellable,
): Promise<Descriptor | undefined> {
  let reason: AbsenceReason | undefined;
  const found = await resolveByContent(reference, { signal, onAbsent: (said) => void (reason = said) });
  // the target repository often does not exist yet
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

/** Returns a function that reports a tag as absent only if HEAD and GET agree. */
export function createLookByBoth(reader: Pick<Reader, "resolve" | "resolveByContent" | "listTags">): LookAtTag {
  const lists = createLists();
  const look = createTargetLook(reader, lists);
  const lookAgain = createCertainLook(reader, lists);
  return async (reference, options) => (await look(reference, options)) ?? lookAgain(reference, options);
}

function unlessRefused<R extends Reference>(
  read: (reference: R, options: Cancellable) => Promise<Descriptor | undefined>,
  reader: Pick<Reader, "listTags">,
  lists: Lists,
): (reference: R, options: Cancellable) => Promise<Descriptor | undefined> {
  const listOnce = (repository: Repository, { signal }: Cancellable): Promise<TagList | undefined> =>
    lists(formatRepository(repository), signal, (own) =>
      reader.listTags(repository, { signal: own, access: "pull,push" }),
    );
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

function createLists(): Lists {
  return createSingleFlight({ keepsResults: true, isLasting: isRefusal });
}

function isRefusal(thrown: unknown): thrown is ImgsyncError {
  return thrown instanceof ImgsyncError && (thrown.code === "DENIED" || thrown.code === "UNAUTHENTICATED");
}

function unclear({ details, cause }: ImgsyncError): ImgsyncError {
  const { hint } = details;
  const both =
    "the credentials may not read it, or it does not exist yet: give them that right, or create the repository";
  const isGeneral = hint === undefined || hint === DENIED_HINT;
  return new ImgsyncError({ ...details, hint: isGeneral ? both : `${hint}; or it does not exist yet` }, { cause });
}
