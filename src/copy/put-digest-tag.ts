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
  /** What the tag pointed at a moment ago; undefined: nothing. */
  readonly observed: Digest | undefined;
  readonly signal: AbortSignal;
};

/**
 * Writes a tag that stands for a digest. A registry that refuses it, as those with immutable tags do once it is there, does
 * not make the image worse than it was: the warning is returned, and nothing fails.
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
    return [`${formatReference(put.target)} was refused, so what belongs there is missing: ${thrown.message}`];
  }
}
