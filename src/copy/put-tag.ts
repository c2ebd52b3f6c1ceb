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
  /** The tag's last known digest; undefined if there was no tag. */
  readonly observed: Digest | undefined;
  /** Confirm a missing tag by GET before another attempt. HEAD alone could let a tag move that must not. */
  readonly mustNotMove?: boolean;
  readonly signal: AbortSignal;
};

type Tools = Pick<RetryingStore, "manifests" | "retry" | "clock">;

/**
 * Writes the tag, the last step of a change. The returned function may be called again after missing content was copied again. It resolves
 * to the tag's digest as the registry reports it: in the response, or by resolving the tag if the response has none or a different one.
 * A PUT with unknown outcome is retried only if the tag still has its previous digest.
 * @throws ImgsyncError TAG_IMMUTABLE if the registry refuses to move the tag, TAG_STALE if another client moved it
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

/** Whatever the refusal says, the write counts as done if the tag has the wanted digest: another client wrote it first. */
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

/** Some registries respond 201 before the tag has moved. */
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
