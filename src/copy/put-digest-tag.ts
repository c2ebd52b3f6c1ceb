import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import type { ManifestContent } from "../model/manifest.ts";
import { formatReference, type TagReference } from "../model/reference.ts";
import { isSuspect } from "../registry/immutability.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { saysContentIsMissing } from "../registry/missing-content.ts";
import { createTagPut } from "./put-tag.ts";

type DigestTagPut = {
  readonly target: TagReference;
  readonly content: ManifestContent;
  /** The tag's digest a moment ago; undefined if there was no tag. */
  readonly observed: Digest | undefined;
  readonly signal: AbortSignal;
};

/**
 * Writes a tag derived from a digest. A refusal, such as by a registry with immutable tags, leaves the image as it was, so it becomes a
 * warning and not an error.
 */
export async function putDigestTag(
  client: Pick<RetryingStore, "manifests" | "retry" | "clock">,
  put: DigestTagPut,
): Promise<readonly string[]> {
  try {
    await createTagPut(client, put)();
    return [];
  } catch (thrown) {
    const isRefused = thrown instanceof ImgsyncError && (thrown.code === "TAG_IMMUTABLE" || isSuspect(thrown));
    if (!isRefused || saysContentIsMissing(thrown)) throw thrown;
    return [
      `${formatReference(put.target)} was refused, so the signatures or referrers in it are missing: ${thrown.message}`,
    ];
  }
}
