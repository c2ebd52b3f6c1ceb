import type { Digest } from "../../src/model/digest.ts";
import { MEDIA_TYPES } from "../../src/model/manifest.ts";
import { parsePlatform, type Platform } from "../../src/model/platform.ts";
import { blob, type Format, tarLayer, type TestBlob, type TestDescriptor, type TestLayer, TYPES } from "./layers.ts";

/** An image, index or artifact with all of its content, which must be pushed before `bytes`. */
export type TestImage = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly descriptor: TestDescriptor;
  readonly blobs: readonly TestBlob[];
  readonly children: readonly TestImage[];
};

export type ImageOptions = {
  readonly layers: readonly TestLayer[];
  /** Default linux/amd64. */
  readonly platform?: string;
  readonly format?: Format;
  readonly labels?: Readonly<Record<string, string>>;
  /** Default 2024-01-01T00:00:00Z. */
  readonly created?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Creates an image of one platform: config, layers, manifest. Docker manifests have no annotations. */
export function image({
  layers,
  platform = "linux/amd64",
  format = "oci",
  labels,
  created = "2024-01-01T00:00:00Z",
  annotations,
}: ImageOptions): TestImage {
  const types = TYPES[format];
  const config = jsonBlob(types.config, {
    created,
    ...platformOf(platform),
    config: { Env: ["PATH=/bin"], Cmd: ["/hello"], ...(labels === undefined ? {} : { Labels: labels }) },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_, number) => ({ created: "2024-01-01T00:00:00Z", created_by: `layer ${number}` })),
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    ...(annotations === undefined || format === "docker" ? {} : { annotations }),
  };
  return seal(types.manifest, manifest, { blobs: [config, ...stored(layers)] });
}

export type IndexEntry = {
  readonly image: TestImage;
  readonly platform: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Creates an index (or Docker manifest list) of images, in the given order. */
export function index(
  entries: readonly IndexEntry[],
  { format = "oci", annotations }: { format?: Format; annotations?: Readonly<Record<string, string>> } = {},
): TestImage {
  const mediaType = TYPES[format].index;
  const manifests = entries.map((entry) => ({
    ...entry.image.descriptor,
    ...(entry.annotations === undefined ? {} : { annotations: entry.annotations }),
    platform: platformOf(entry.platform),
  }));
  const json = { schemaVersion: 2, mediaType, manifests, ...(annotations === undefined ? {} : { annotations }) };
  return seal(mediaType, json, { children: entries.map((entry) => entry.image) });
}

/** Creates the attestation of an image as BuildKit adds it to the image's index. */
export function attestation(subject: TestImage): IndexEntry {
  const statement = jsonBlob("application/vnd.in-toto+json", {
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: "https://slsa.dev/provenance/v0.2",
    subject: [{ name: "pkg:docker/test", digest: { sha256: subject.digest.slice("sha256:".length) } }],
    predicate: {},
  });
  const config = jsonBlob(TYPES.oci.config, {
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: [statement.descriptor.digest] },
  });
  const annotations = { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2" };
  const layers = [{ ...statement.descriptor, annotations }];
  const manifest = { schemaVersion: 2, mediaType: TYPES.oci.manifest, config: config.descriptor, layers };
  return {
    image: seal(TYPES.oci.manifest, manifest, { blobs: [config, statement] }),
    platform: "unknown/unknown",
    annotations: {
      "vnd.docker.reference.digest": subject.digest,
      "vnd.docker.reference.type": "attestation-manifest",
    },
  };
}

/** Creates linux/amd64 and linux/arm64 with a shared base layer, annotations, and optional attestations. */
export function twoPlatformIndex(
  seed: number,
  { format = "oci", attestations = false }: { format?: Format; attestations?: boolean } = {},
): TestImage {
  const base = tarLayer({ "etc/release": "test\n" }, format);
  const entries = ["linux/amd64", "linux/arm64"].map((platform) => {
    const own = tarLayer({ hello: `${platform} ${seed}\n` }, format);
    return { platform, image: image({ layers: [base, own], platform, format, annotations: { seed: String(seed) } }) };
  });
  const proofs = attestations ? entries.map((entry) => attestation(entry.image)) : [];
  const annotations = format === "oci" ? { "org.opencontainers.image.version": String(seed) } : undefined;
  return index([...entries, ...proofs], annotations === undefined ? { format } : { format, annotations });
}

/** Creates a small image with one layer. The same seed gives the same image. */
export function smallImage(seed: number, options: Omit<ImageOptions, "layers"> = {}): TestImage {
  return image({ ...options, layers: [tarLayer({ seed: String(seed) }, options.format)] });
}

/** Creates an artifact about another manifest, such as a signature or an SBOM. OCI image-spec, "Guidelines for Artifact Usage". */
export function artifact(subject: TestImage, { artifactType, content, annotations }: ArtifactOptions): TestImage {
  const config = jsonBlob("application/vnd.oci.empty.v1+json", {});
  const layer = blob("text/plain", new TextEncoder().encode(content));
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType,
    config: config.descriptor,
    layers: [layer.descriptor],
    subject: subject.descriptor,
    ...(annotations === undefined ? {} : { annotations }),
  };
  const sealed = seal(MEDIA_TYPES.ociManifest, manifest, { blobs: [config, layer] });
  const extra = annotations === undefined ? { artifactType } : { artifactType, annotations };
  return { ...sealed, descriptor: { ...sealed.descriptor, ...extra } };
}

export type ArtifactOptions = {
  readonly artifactType: string;
  readonly content: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Creates the index that replaces the referrers API under {@link referrersTag}. Its children are the artifacts. */
export function referrersIndex(artifacts: readonly TestImage[]): TestImage {
  const manifests = artifacts.map(({ descriptor }) => descriptor);
  const json = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  return seal(MEDIA_TYPES.ociIndex, json, { children: artifacts });
}

/** Returns `sha256-<hex>`, or one of cosign's older tags with `.sig`, `.att` or `.sbom`. */
export function referrersTag({ digest }: TestImage, suffix: "" | ".sig" | ".att" | ".sbom" = ""): string {
  return `${digest.replace(":", "-")}${suffix}`;
}

/** Creates an image from any manifest JSON and its content, for forms that no builder has. */
export function seal(
  mediaType: string,
  json: unknown,
  { blobs = [], children = [] }: { blobs?: readonly TestBlob[]; children?: readonly TestImage[] } = {},
): TestImage {
  const { descriptor, bytes } = jsonBlob(mediaType, json);
  return { mediaType, digest: descriptor.digest, bytes, descriptor, blobs, children };
}

function jsonBlob(mediaType: string, json: unknown): TestBlob {
  return blob(mediaType, new TextEncoder().encode(JSON.stringify(json)));
}

function stored(layers: readonly TestLayer[]): readonly TestBlob[] {
  return layers.flatMap(({ descriptor, bytes }) => (bytes === undefined ? [] : [{ descriptor, bytes }]));
}

function platformOf(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform === undefined) throw new Error(`not a platform: ${text}`);
  return platform;
}
