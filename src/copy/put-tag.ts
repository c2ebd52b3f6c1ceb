import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import type { ManifestContent } from "../model/manifest.ts";
import type { Clock } from "../model/ports.ts";
import { formatReference, type TagReference } from "../model/reference.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { classifyRefusal, isSuspect } from "../registry/immutability.ts";
import type { ManifestStore } from "../model/store.ts";
import { growingWaits } from "../http/growing-waits.ts";

export type TagPut = {
  readonly target: TagReference;
  readonly content: ManifestContent;
  /** What the tag pointed at when we last looked; undefined: nothing. */
  readonly observed: Digest | undefined;
  /** Before another attempt, its absence is confirmed by GET: HEAD alone would let a tag move that must not. */
  readonly mustNotMove?: boolean;
  readonly signal: AbortSignal;
};

type Tools = Pick<RetryingStore, "manifests" | "retry" | "clock">;

/**
 * The last write of a change, to be called again where what the manifest names had to be brought once more. Resolves to the
 * digest that the tag has afterwards, by the registry's own word: the PUT's answer, or the tag itself where that says nothing
 * or something else.
 * A PUT whose outcome is not known is never simply repeated: the tag is looked at, and only if it still is where it was, the
 * PUT is sent again.
 * @throws ImgsyncError TAG_IMMUTABLE where the registry refuses to move it, TAG_STALE where somebody else moved it meanwhile
 */
export function createTagPut({ manifests, retry, clock }: Tools, put: TagPut): () => Promise<Digest> {
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
      return said === wanted ? said : await verify(manifests, put, clock);
    } catch (thrown) {
      return afterRefusal(manifests, put, thrown);
    }
  };
  return () => retry(attempt, signal);
}

/** Whatever the words of the refusal: if the tag has the wanted digest now, somebody else was first, and all is well. */
async function afterRefusal(manifests: ManifestStore, put: TagPut, thrown: unknown): Promise<Digest> {
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
      hint: `the tag points at ${now}; use a new tag, or pin that digest`,
    },
    { cause: thrown },
  );
}

/** Some registries move a tag only some moments after they have answered 201. */
async function verify(manifests: ManifestStore, put: TagPut, { sleep }: Pick<Clock, "sleep">): Promise<Digest> {
  const { target, content, observed, signal } = put;
  const waits = growingWaits();
  for (;;) {
    const now = await lookUp(manifests, put);
    if (now === content.descriptor.digest) return now;
    if (now !== undefined && now !== observed) throw stale(target, now);
    const wait = waits.next();
    if (wait.done === true) throw notMoved(target, now);
    await sleep(wait.value, signal);
  }
}

async function lookUp(
  manifests: ManifestStore,
  { target, mustNotMove = false, signal }: TagPut,
): Promise<Digest | undefined> {
  const found = await manifests.resolve(target, { signal });
  if (found !== undefined || !mustNotMove) return found?.digest;
  return (await manifests.resolveByContent(target, { signal }))?.digest;
}

function stale(target: TagReference, now: Digest | undefined): ImgsyncError {
  return new ImgsyncError({
    code: "TAG_STALE",
    side: "target",
    reference: formatReference(target),
    message:
      now === undefined
        ? "the tag was removed while it was being written"
        : `the tag was moved to ${now} by another client while it was being written`,
    hint: "plan again",
  });
}

function notMoved(target: TagReference, now: Digest | undefined): ImgsyncError {
  const { host } = target.repository;
  return new ImgsyncError({
    code: "REGISTRY_PROTOCOL",
    side: "target",
    reference: formatReference(target),
    message: `${host} answered 201 to PUT manifest, but the tag ${now === undefined ? "is not there" : `still points at ${now}`}`,
    hint: "plan again: it may move later; if it does not, the registry or a proxy in front of it silently drops writes",
  });
}
