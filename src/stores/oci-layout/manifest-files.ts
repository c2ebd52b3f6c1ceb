import { parseObject } from "../../model/json.ts";
import type { Digest } from "../../model/digest.ts";
import { type ManifestContent, MEDIA_TYPES, tryParseManifest } from "../../model/manifest.ts";
import { LIMITS } from "../../http/limits.ts";
import { type Layout, readBlob } from "./blob-files.ts";

/**
 * Reads a manifest by digest. Manifests and other blobs share a folder, so the content decides. Returns undefined if it is missing or not a
 * manifest.
 */
export async function readManifestFile(
  layout: Layout,
  digest: Digest,
  signal: AbortSignal,
): Promise<ManifestContent | undefined> {
  const bytes = await readBlob(layout, digest, { limit: LIMITS.manifestBytes, signal });
  const mediaType = bytes === undefined ? undefined : typeOf(bytes);
  if (bytes === undefined || mediaType === undefined) return undefined;
  return { bytes, descriptor: { mediaType, digest, size: bytes.byteLength } };
}

/** Returns the subject of a manifest, or undefined if it has none or is of an unsupported kind. */
export function subjectOf(content: ManifestContent): Digest | undefined {
  return tryParseManifest(content)?.subject?.digest;
}

/** `mediaType` is optional in OCI manifests and always present in Docker's. OCI image-spec, manifest.md. */
function typeOf(bytes: Uint8Array): string | undefined {
  const json = parseObject(bytes);
  if (json?.get("schemaVersion") === undefined) return undefined;
  const written = json.get("mediaType");
  if (typeof written === "string") return written;
  return json.has("manifests") ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest;
}
