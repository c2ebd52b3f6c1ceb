import type { Descriptor } from "../model/descriptor.ts";
import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import { childKind, isIndexType, parseManifest, refusedType } from "../model/manifest.ts";
import type { Change } from "../model/plan.ts";
import type { Applied, Cancellable, Engine } from "../model/ports.ts";
import { formatReference, formatRepository, type Repository, type TagReference } from "../model/reference.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { classifyRefusal } from "../registry/immutability.ts";
import type { ManifestStore } from "../model/store.ts";
import { createSemaphore } from "../async/semaphore.ts";

type Tools = Pick<RetryingStore, "manifests" | "reader" | "retry">;
type Removed = Awaited<ReturnType<ManifestStore["remove"]>>;

/** Maximum number of tags resolved at a time. */
const LOOKING = 8;
/** Deleting by digest first resolves every tag of the repository. */
const MAX_TAGS = 5000;

/**
 * Deletes tags, one at a time. If a registry cannot delete a single tag, the image is deleted instead, but only if this run deletes all its
 * tags and no remaining index contains it. All tags are resolved again right before that. A DELETE whose response was lost is retried only
 * after checking whether its target still exists.
 */
export function createDeleteEngine({ manifests, reader, retry }: Tools): Engine {
  const planned = new Map<string, Digest>();
  const removedImages = new Set<string>();
  const onlyByDigest = new Set<string>();

  const remove = async (repository: Repository, name: string, { signal }: Cancellable): Promise<Removed> => {
    try {
      return await manifests.remove(repository, name, { signal });
    } catch (thrown) {
      const refusal = classifyRefusal(thrown);
      if (refusal === undefined) throw thrown;
      throw new ImgsyncError({ code: "TAG_IMMUTABLE", message: refusal.message }, { cause: thrown });
    }
  };

  const removeTag = (target: TagReference, observed: Digest, { signal }: Cancellable): Promise<Removed> => {
    let wasTried = false;
    return retry(async () => {
      if (wasTried) {
        const now = await manifests.resolve(target, { signal });
        if (now === undefined) return "absent";
        if (now.digest !== observed) throw stale(target, now.digest);
      }
      wasTried = true;
      return remove(target.repository, target.tag, { signal });
    }, signal);
  };

  const removeImage = async (target: TagReference, digest: Digest, { signal }: Cancellable): Promise<void> => {
    const { repository } = target;
    let wasTried = false;
    const removed = await retry(async (): Promise<Removed> => {
      if (wasTried && (await manifests.resolve({ repository, digest }, { signal })) === undefined) return "absent";
      await refuseShared(target, digest, { signal });
      wasTried = true;
      return remove(repository, digest, { signal });
    }, signal);
    if (removed === "unsupported")
      throw new ImgsyncError({
        code: "UNSUPPORTED",
        message: `${repository.host} deletes neither tags nor images`,
        hint: "enable deletes at the registry (docker-registry: REGISTRY_STORAGE_DELETE_ENABLED=true), or remove prune from images.yaml",
      });
    removedImages.add(formatReference({ repository, digest }));
  };

  /** Refuses to delete an image that is still needed by a new tag, a tag that stays, or an index that contains it. */
  const refuseShared = async (target: TagReference, digest: Digest, { signal }: Cancellable): Promise<void> => {
    const { repository } = target;
    const list = await reader.listTags(repository, { signal });
    const tags = list?.tags ?? [];
    if (list === undefined || list.isPartial === true || tags.length > MAX_TAGS)
      throw new ImgsyncError({
        code: "LIMIT_EXCEEDED",
        message: `could not read all tags of "${formatRepository(repository)}", and its registry can only delete whole images`,
      });
    const semaphore = createSemaphore(LOOKING);
    const found = await Promise.all(
      tags.map((tag) =>
        semaphore.run(signal, async () => ({ tag, at: await reader.resolve({ repository, tag }, { signal }) })),
      ),
    );
    const staying = found.filter(({ tag, at }) => planned.get(formatReference({ repository, tag })) !== at?.digest);
    const sharing = staying.find(({ at }) => at?.digest === digest);
    if (sharing !== undefined) throw shared(target, `it shares its digest with ${sharing.tag}`);
    const seen = new Set<Digest>();
    for (const { tag, at } of staying)
      if (at !== undefined && (await contains(repository, at, digest, seen, { signal })))
        throw shared(target, `it is a part of the index under ${tag}`);
  };

  const contains = async (
    repository: Repository,
    { mediaType, digest: top }: Pick<Descriptor, "mediaType" | "digest">,
    digest: Digest,
    seen: Set<Digest>,
    options: Cancellable,
  ): Promise<boolean> => {
    if (seen.has(top) || !mayBeIndex(mediaType)) return false;
    seen.add(top);
    const content = await reader.readManifest({ repository, digest: top }, options);
    const manifest = content && parseManifest(content);
    if (manifest?.kind !== "index") return false;
    if (manifest.manifests.some((child) => child.digest === digest)) return true;
    for (const child of manifest.manifests) if (await contains(repository, child, digest, seen, options)) return true;
    return false;
  };

  return {
    prepare: async (changes) => {
      for (const { action, target, observed } of changes)
        if (action === "delete" && observed) planned.set(formatReference(target), observed);
    },
    apply: async (change, { signal, recheck }): Promise<Applied> => {
      const { target } = change;
      const { repository } = target;
      const digest = observedOf(change);
      const done: Applied = { transferredBytes: 0, notes: [] };
      if (removedImages.has(formatReference({ repository, digest })) && !(await reader.resolve(target, { signal })))
        return { ...done, notes: ["deleted together with its image"] };
      if ((await recheck()) === "done") return done;
      if (!onlyByDigest.has(repository.host)) {
        const answer = await removeTag(target, digest, { signal });
        if (answer === "unsupported") onlyByDigest.add(repository.host);
      }
      if (onlyByDigest.has(repository.host)) await removeImage(target, digest, { signal });
      if ((await reader.resolve(target, { signal })) === undefined) return done;
      throw new ImgsyncError({
        code: "REGISTRY_PROTOCOL",
        message: `${repository.host} reported the tag as deleted, but it is still there`,
        hint: "check again later: some registries delete with a delay",
      });
    },
  };
}

/** A media type that is not specific may still be an index. */
function mayBeIndex(mediaType: string): boolean {
  if (isIndexType(mediaType)) return true;
  const isUnclear = childKind({ mediaType }) === "unclear";
  return isUnclear && refusedType(mediaType) === undefined;
}

function observedOf({ observed }: Change): Digest {
  if (observed === undefined || observed === null) throw new Error("a delete without the digest that the plan saw");
  return observed;
}

function stale(target: TagReference, now: Digest): ImgsyncError {
  return new ImgsyncError({
    code: "TAG_STALE",
    side: "target",
    reference: formatReference(target),
    message: `the tag was moved to ${now} by another client while it was being deleted`,
    hint: "plan again",
  });
}

function shared({ repository }: TagReference, why: string): ImgsyncError {
  return new ImgsyncError({
    code: "TAG_SHARED",
    message: `${why}, and ${repository.host} cannot delete a single tag`,
    hint: "keep the tag with exclude, or delete it at the registry by hand",
  });
}
