import { asObject } from "./json.ts";
import type { Descriptor } from "./descriptor.ts";
import { type Digest, parseDigest } from "./digest.ts";
import { ImgsyncError } from "./error.ts";
import { nestingOf, topLevelKeys } from "./json-keys.ts";
import type { Platform } from "./platform.ts";
import { unknownType } from "./unknown-type.ts";
import { defined } from "./defined.ts";

/** The four media types of images in use today. OCI image-spec media-types.md; Docker "Image Manifest Version 2, Schema 2". */
export const MEDIA_TYPES = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
} as const;

export const INDEX_TYPES: readonly string[] = [MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerList];
export const IMAGE_TYPES: readonly string[] = [MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest];

/** An index or manifest exactly as the registry sent it: the digest of `bytes` is `descriptor.digest`. */
export type ManifestContent = { readonly descriptor: Descriptor; readonly bytes: Uint8Array };

/** The parsed links of an index or image manifest. */
export type Manifest = IndexManifest | ImageManifest;

export type IndexManifest = {
  readonly kind: "index";
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
};

export type ImageManifest = {
  readonly kind: "image";
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
};

/** A subset of an index is serialised again, and the result must not depend on the recursion limit of a runtime. */
const MAX_NESTING = 100;

/** By lower-case key: some programs ignore case, and would read a field that others do not see. */
const KNOWN_KEYS: ReadonlyMap<string, string> = new Map(
  [
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
    "fsLayers",
  ].map((key) => [key.toLowerCase(), key]),
);

/** Blobs that an index lists directly: BuildKit's cache, and parts of images. */
const BLOB_TYPES =
  /^application\/vnd\.(?:buildkit\.cacheconfig\.|oci\.image\.(?:config|layer)\.|docker\.(?:container\.image|image\.rootfs)\.)/;

/**
 * Classifies a child of an index by its media type. `unclear`: only its registry can say. The OCI image-spec lets an index list anything,
 * and BuildKit's caches are indexes whose children are blobs.
 */
export function childKind({ mediaType }: Pick<Descriptor, "mediaType">): "manifest" | "blob" | "unclear" {
  if (isIndexType(mediaType) || IMAGE_TYPES.includes(mediaType)) return "manifest";
  return BLOB_TYPES.test(mediaType) ? "blob" : "unclear";
}

/** Returns why content with this type cannot be copied, or undefined if the type alone does not decide it. */
export function refusedType(mediaType: string): string | undefined {
  const isSpecific = mediaType.startsWith("application/vnd.");
  const isSupported = isIndexType(mediaType) || IMAGE_TYPES.includes(mediaType);
  return isSpecific && !isSupported ? unknownType(mediaType, new Uint8Array()) : undefined;
}

export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.includes(mediaType);
}

/**
 * Reads the links of a manifest. The bytes remain authoritative and are copied unchanged.
 * Refuses what two programs could read differently (threat T12): a type other than the four, a `mediaType` that differs from the served
 * type, image and index fields together, duplicate keys (also if only their case differs).
 * @throws ImgsyncError CONTENT_REFUSED
 */
export function parseManifest({ descriptor, bytes }: ManifestContent): Manifest {
  const { mediaType } = descriptor;
  if (!INDEX_TYPES.includes(mediaType) && !IMAGE_TYPES.includes(mediaType)) {
    throw refused(unknownType(mediaType, bytes));
  }
  const text = decode(bytes);
  const json = parseJson(text);
  if (nestingOf(text) > MAX_NESTING) throw refused("the manifest is nested too deep");
  refuseAmbiguity(text, json, mediaType);
  const written = json.get("subject");
  const subject = isAbsent(written) ? undefined : readDescriptor(written, "subject");
  const common = { mediaType, ...defined({ subject }) };
  if (isIndexType(mediaType)) {
    return { kind: "index", ...common, manifests: readDescriptors(json, "manifests") };
  }
  if (isAbsent(json.get("config"))) throw refused('the manifest has no "config"');
  return {
    kind: "image",
    ...common,
    config: readDescriptor(json.get("config"), "config"),
    layers: readDescriptors(json, "layers"),
  };
}

/** Like parseManifest, but returns undefined if the manifest is refused. */
export function tryParseManifest(content: ManifestContent): Manifest | undefined {
  try {
    return parseManifest(content);
  } catch (thrown) {
    if (thrown instanceof ImgsyncError) return undefined;
    throw thrown;
  }
}

/** The blobs and manifests that must exist before the manifest may be pushed, in order. */
export function childrenOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === "index" ? manifest.manifests : [manifest.config, ...manifest.layers];
}

/**
 * A layer that registries do not serve (old Windows base layers). The descriptor is kept and the layer is never copied. A foreign layer
 * without a URL is only available from its registry and is copied like any other layer.
 */
export function isForeignLayer({ mediaType, urls = [] }: Descriptor): boolean {
  return urls.length > 0 && /\.(?:nondistributable|foreign)\./.test(mediaType);
}

/** Returns the digest of the image that an attestation manifest in an index describes (BuildKit's convention). */
export function attestationSubject(descriptor: Descriptor): Digest | undefined {
  const type = descriptor.annotations?.get("vnd.docker.reference.type");
  const subject = descriptor.annotations?.get("vnd.docker.reference.digest");
  return type === "attestation-manifest" && subject !== undefined ? parseDigest(subject) : undefined;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refused("the manifest is not UTF-8 text", cause);
  }
}

function parseJson(text: string): ReadonlyMap<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused("the manifest is not JSON", cause);
  }
  const object = asObject(json);
  if (object === undefined) throw refused("the manifest is not a JSON object");
  return object;
}

function refuseAmbiguity(text: string, json: ReadonlyMap<string, unknown>, mediaType: string): void {
  const seen = new Set<string>();
  for (const key of topLevelKeys(text)) {
    const folded = key.toLowerCase();
    if (seen.has(folded)) throw refused(`the manifest has the key "${key}" twice`);
    const known = KNOWN_KEYS.get(folded);
    if (known !== undefined && known !== key)
      throw refused(`the manifest has the key "${key}" in the place of "${known}"`);
    seen.add(folded);
  }
  const written = json.get("mediaType");
  if (!isAbsent(written) && written !== mediaType) {
    throw refused(`the manifest says it is ${JSON.stringify(written)} but was served as "${mediaType}"`);
  }
  const other = isIndexType(mediaType) ? ["config", "layers", "fsLayers"] : ["manifests", "fsLayers"];
  const mixed = other.find((key) => !isAbsent(json.get(key)));
  if (mixed !== undefined) throw refused(`the manifest is of type "${mediaType}" but has "${mixed}"`);
}

/** Go's decoders treat null as absent, and Go's encoders write null for empty values. */
function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function readDescriptors(json: ReadonlyMap<string, unknown>, where: string): readonly Descriptor[] {
  const value = json.get(where);
  if (value === null) return [];
  if (!Array.isArray(value)) throw refused(`"${where}" in the manifest is not a list`);
  return value.map((item, index) => readDescriptor(item, `${where}[${index}]`));
}

function readDescriptor(value: unknown, where: string): Descriptor {
  const json = asObject(value);
  if (json === undefined) throw refused(`"${where}" in the manifest is not a descriptor`);
  const digest = parseDigest(text(json, "digest") ?? "");
  const size = json.get("size");
  if (digest === undefined) throw refused(`"${where}" in the manifest has no valid digest`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw refused(`"${where}" in the manifest has no valid size`);
  }
  const platform = readPlatform(json.get("platform"));
  const annotations = readAnnotations(json.get("annotations"));
  const artifactType = text(json, "artifactType");
  const urls = json.get("urls");
  return {
    mediaType: text(json, "mediaType") ?? "",
    digest,
    size,
    ...defined({
      platform,
      annotations,
      artifactType,
      urls: Array.isArray(urls) ? urls.filter((url) => typeof url === "string") : undefined,
    }),
  };
}

function readPlatform(value: unknown): Platform | undefined {
  const json = asObject(value);
  if (json === undefined) return undefined;
  const os = text(json, "os");
  const architecture = text(json, "architecture");
  const variant = text(json, "variant");
  if (os === undefined || architecture === undefined) return undefined;
  return variant === undefined || variant === "" ? { os, architecture } : { os, architecture, variant };
}

function readAnnotations(value: unknown): ReadonlyMap<string, string> | undefined {
  const json = asObject(value);
  if (json === undefined) return undefined;
  return new Map([...json].filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

function text(json: ReadonlyMap<string, unknown>, key: string): string | undefined {
  const value = json.get(key);
  return typeof value === "string" ? value : undefined;
}

function refused(message: string, cause?: unknown): ImgsyncError {
  return new ImgsyncError({ code: "CONTENT_REFUSED", message }, { cause });
}
