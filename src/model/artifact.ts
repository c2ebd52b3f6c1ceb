import type { Descriptor } from "./descriptor.ts";
import { type Digest, digestOf } from "./digest.ts";
import { asObject, tryParseJson } from "./json.ts";
import { type ManifestContent, MEDIA_TYPES, parseManifest } from "./manifest.ts";

/** The documents that imgsync keeps in registries, by their artifact type. */
export const ARTIFACT_TYPES = {
  plan: "application/vnd.imgsync.plan.v1+json",
  report: "application/vnd.imgsync.report.v1+json",
} as const;

export type ArtifactType = (typeof ARTIFACT_TYPES)[keyof typeof ARTIFACT_TYPES];

/** A blob with its bytes. */
export type Blob = { readonly descriptor: Descriptor; readonly bytes: Uint8Array };

/** An artifact with one document: its manifest and the blobs that must be uploaded before. */
export type Artifact = { readonly manifest: ManifestContent; readonly blobs: readonly Blob[] };

export type ArtifactOptions = {
  readonly type: ArtifactType;
  readonly document: Uint8Array;
  /** The file name that tools such as oras give the document. */
  readonly title: string;
  /** The manifest that the artifact refers to. */
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Builds an artifact. OCI image-spec 1.1, manifest.md, "Guidelines for Artifact Usage", with one layer and an empty config. */
export function createArtifact({ type, document, title, subject, annotations = {} }: ArtifactOptions): Artifact {
  const config = blobOf("application/vnd.oci.empty.v1+json", new TextEncoder().encode("{}"));
  const layer = blobOf(type, document);
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: type,
    config: linkTo(config.descriptor),
    layers: [{ ...linkTo(layer.descriptor), annotations: { "org.opencontainers.image.title": title } }],
    ...(subject === undefined ? {} : { subject: linkTo(subject) }),
    annotations,
  };
  const { descriptor, bytes } = blobOf(MEDIA_TYPES.ociManifest, new TextEncoder().encode(JSON.stringify(json)));
  return { manifest: { descriptor, bytes }, blobs: [config, layer] };
}

/** The parts of an artifact that a reader needs. */
export type ArtifactLinks = { readonly document: Descriptor; readonly subject: Digest | undefined };

/**
 * Returns the links of an artifact with one document of this type; undefined if the manifest is anything else.
 * @throws ImgsyncError CONTENT_REFUSED if the manifest is ambiguous or invalid
 */
export function readArtifact(content: ManifestContent, type: ArtifactType): ArtifactLinks | undefined {
  if (asObject(tryParseJson(content.bytes))?.get("artifactType") !== type) return undefined;
  const manifest = parseManifest(content);
  if (manifest.kind !== "image" || manifest.layers.length !== 1) return undefined;
  const [document] = manifest.layers;
  return document?.mediaType === type ? { document, subject: manifest.subject?.digest } : undefined;
}

function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}

function linkTo({ mediaType, digest, size }: Descriptor): Pick<Descriptor, "mediaType" | "digest" | "size"> {
  return { mediaType, digest, size };
}
