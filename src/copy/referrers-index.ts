import type { Descriptor } from "../model/descriptor.ts";
import { type Digest, digestOf } from "../model/digest.ts";
import { type ManifestContent, MEDIA_TYPES, parseManifest } from "../model/manifest.ts";
import { defined } from "../model/defined.ts";

/** An entry of the index that replaces the referrers API: the manifest's descriptor with its own metadata. */
export type ReferrerEntry = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Builds the entry from the manifest itself, never from another registry's list. OCI distribution-spec, "Listing Referrers". */
export function describeReferrer({ bytes, descriptor }: ManifestContent): ReferrerEntry {
  const { mediaType, digest, size } = descriptor;
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const artifactType = textIn(json, "artifactType") ?? textIn(member(json, "config"), "mediaType");
  const annotations = textsIn(member(json, "annotations"));
  return {
    mediaType,
    digest,
    size,
    ...defined({ artifactType, annotations }),
  };
}

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

function member(json: unknown, key: string): unknown {
  return typeof json === "object" && json !== null ? new Map(Object.entries(json)).get(key) : undefined;
}

function textIn(json: unknown, key: string): string | undefined {
  const value = member(json, key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function textsIn(json: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  return Object.fromEntries(
    Object.entries(json).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
