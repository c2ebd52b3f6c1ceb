import { createCipheriv } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Digest, digestOf } from "../../src/model/digest.ts";
import { MEDIA_TYPES } from "../../src/model/manifest.ts";
import type { Platform } from "../../src/model/platform.ts";
import { tar } from "./tar.ts";

/** A descriptor in JSON. */
export type TestDescriptor = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly urls?: readonly string[];
};

export type TestBlob = { readonly descriptor: TestDescriptor; readonly bytes: Uint8Array };

/** A layer. Without `bytes` it is foreign and never pushed. `diffId` is the digest of the uncompressed tar. */
export type TestLayer = { readonly descriptor: TestDescriptor; readonly bytes?: Uint8Array; readonly diffId: Digest };

export type Format = "oci" | "docker";

/** Media types of one format. */
export const TYPES = {
  oci: {
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
    foreign: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    manifest: MEDIA_TYPES.ociManifest,
    index: MEDIA_TYPES.ociIndex,
  },
  docker: {
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
    foreign: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    manifest: MEDIA_TYPES.dockerManifest,
    index: MEDIA_TYPES.dockerList,
  },
} as const;

/** Creates a gzipped tar layer. Its digest may differ between runtimes, whose zlibs compress differently. */
export function tarLayer(files: Readonly<Record<string, string | Uint8Array>>, format: Format = "oci"): TestLayer {
  const archive = tar(files);
  const bytes = gzipSync(archive, { level: 6 });
  return { ...blob(TYPES[format].layer, bytes), diffId: digestOf(archive) };
}

/** Creates a layer with one incompressible file of `size` bytes. The same seed gives the same bytes. */
export function randomLayer({ size, seed, format = "oci" }: RandomLayer): TestLayer {
  const archive = tar({ [`random-${seed}`]: randomBytes(size, seed) });
  const bytes = gzipSync(archive, { level: 1 });
  return { ...blob(TYPES[format].layer, bytes), diffId: digestOf(archive) };
}

export type RandomLayer = { readonly size: number; readonly seed: number; readonly format?: Format };

/** Creates a layer that registries do not serve, such as the old Windows base layers. */
export function foreignLayer(url: string, format: Format = "oci"): TestLayer {
  const { descriptor, diffId } = tarLayer({ foreign: url }, format);
  return { descriptor: { ...descriptor, mediaType: TYPES[format].foreign, urls: [url] }, diffId };
}

/** Returns bytes with their descriptor. */
export function blob(mediaType: string, bytes: Uint8Array): TestBlob {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** Uses AES in counter mode over zeros, which is incompressible, fast and the same everywhere. */
export function randomBytes(size: number, seed: number): Uint8Array {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(new Uint8Array(size));
}
