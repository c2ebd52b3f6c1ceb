import type { Descriptor } from "../model/descriptor.ts";
import { digestOf } from "../model/digest.ts";
import { type ManifestContent, MEDIA_TYPES, parseManifest } from "../model/manifest.ts";
import type { ReferrerEntry } from "../model/referrer-entry.ts";

/**
 * Appends these entries to the index, leaving existing ones unchanged. Returns undefined if the index has them all.
 * @throws ImgsyncError CONTENT_REFUSED if the existing content is not a manifest
 */
export function addReferrers(
  existing: ManifestContent | undefined,
  entries: readonly ReferrerEntry[],
): ManifestContent | undefined {
  const there = existing === undefined ? [] : listIn(existing);
  const known = new Set(there.map(({ digest }) => digest));
  const missing = entries.filter(({ digest }) => !known.has(digest));
  if (existing !== undefined && missing.length === 0) return undefined;
  const json =
    existing === undefined ? { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] } : jsonOf(existing);
  const bytes = new TextEncoder().encode(
    JSON.stringify({ ...json, manifests: [...(json.manifests ?? []), ...missing] }),
  );
  const mediaType = existing?.descriptor.mediaType ?? MEDIA_TYPES.ociIndex;
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength } };
}

/** Reports whether a manifest is an index, as required under such a tag. */
export function isReferrersIndex(content: ManifestContent): boolean {
  return parseManifest(content).kind === "index";
}

function listIn(content: ManifestContent): readonly Descriptor[] {
  const manifest = parseManifest(content);
  return manifest.kind === "index" ? manifest.manifests : [];
}

function jsonOf({ bytes }: ManifestContent): { manifests: readonly unknown[] | null } {
  // parseManifest has accepted these bytes as an index: an object whose `manifests` is a list or null
  return JSON.parse(new TextDecoder().decode(bytes)) as { manifests: readonly unknown[] | null };
}
