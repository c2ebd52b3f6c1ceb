import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { ManifestContent } from "../../model/manifest.ts";
import { formatReference, type TagReference } from "../../model/reference.ts";
import { RegistryError } from "../../registry/error.ts";
import { classifyRefusal, isSuspect } from "../../registry/immutability.ts";
import type { Manifests } from "../../registry/manifests.ts";

export type TagPut = {
  readonly target: TagReference;
  readonly content: ManifestContent;
  /** What the tag pointed at when we last looked; undefined: nothing. */
  readonly observed: Digest | undefined;
  readonly signal: AbortSignal;
};

/**
 * The last write of a change, to be called again where what the manifest names had to be brought once more. Resolves to the digest that the tag has afterwards, by the registry's own word: from the PUT's
 * answer, or one HEAD where it says nothing.
 * A PUT whose outcome is not known is never simply repeated: the tag is looked at, and only if it still is where it was, the
 * PUT is sent again.
 * @throws ImgsyncError TAG_IMMUTABLE where the registry refuses to move it, TAG_STALE where somebody else moved it meanwhile
 */
export function createTagPut(
  manifests: Manifests,
  put: TagPut,
  retry: <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>,
): () => Promise<Digest> {
  const { target, content, observed, signal } = put;
  const wanted = content.descriptor.digest;
  let wasTried = false;
  const attempt = async (): Promise<Digest> => {
    if (wasTried) {
      const now = await lookUp(manifests, put);
      if (now === wanted) return now;
      if (now !== observed) throw stale(target, now);
    }
    wasTried = true;
    try {
      const said = await manifests.put(target.repository, target.tag, content, { signal });
      return said ?? (await lookUp(manifests, put)) ?? notThere(target);
    } catch (thrown) {
      return afterRefusal(manifests, put, thrown);
    }
  };
  return () => retry(attempt, signal);
}

/** Whatever the words of the refusal: if the tag has the wanted digest now, somebody else was first, and all is well. */
async function afterRefusal(manifests: Manifests, put: TagPut, thrown: unknown): Promise<Digest> {
  const { target, content } = put;
  const refusal = classifyRefusal(thrown);
  if (refusal === undefined && !isSuspect(thrown)) throw thrown;
  const now = await lookUp(manifests, put).catch(() => undefined);
  if (now === content.descriptor.digest) return now;
  if (refusal === undefined || now === undefined) throw thrown;
  throw new ImgsyncError(
    {
      code: "TAG_IMMUTABLE",
      side: "target",
      reference: formatReference(target),
      message: `${refusal.product} refuses to move the tag: ${refusal.message}`,
      hint: `the tag points at ${now}; wish for it under a new tag`,
    },
    { cause: thrown },
  );
}

async function lookUp(manifests: Manifests, { target, signal }: TagPut): Promise<Digest | undefined> {
  return (await manifests.resolve(target, { signal }))?.digest;
}

function stale(target: TagReference, now: Digest | undefined): ImgsyncError {
  return new ImgsyncError({
    code: "TAG_STALE",
    side: "target",
    reference: formatReference(target),
    message:
      now === undefined
        ? "the tag was removed while it was being written"
        : `the tag was moved to ${now} by somebody else while it was being written`,
    hint: "plan again",
  });
}

function notThere(target: TagReference): never {
  throw new RegistryError(
    {
      code: "REGISTRY_PROTOCOL",
      side: "target",
      reference: formatReference(target),
      message: `${target.repository.host} accepted the manifest, but the tag is not there`,
    },
    { isRetryable: true },
  );
}
