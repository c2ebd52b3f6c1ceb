import { createCipheriv, createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseDigest } from "../../src/model/digest.ts";
import { blob, TYPES } from "../../test/support/layers.ts";
import { seal } from "../../test/support/images.ts";
import type { BenchSet, BigBlob } from "./bench-set.ts";

const MIB = 1024 * 1024;
const LAYER = "application/vnd.oci.image.layer.v1.tar";

/** One image with layers of incompressible bytes. */
export function bigLayers({ layers, mib }: { readonly layers: number; readonly mib: number }): BenchSet {
  const big = Array.from({ length: layers }, (_, seed) => bigBlob(mib * MIB, seed + 1));
  const descriptors = big.map(({ digest, size }) => ({ mediaType: LAYER, digest, size }));
  const config = blob(
    TYPES.oci.config,
    new TextEncoder().encode(
      JSON.stringify({
        architecture: "amd64",
        os: "linux",
        rootfs: { type: "layers", diff_ids: big.map(({ digest }) => digest) },
      }),
    ),
  );
  const image = seal(
    TYPES.oci.manifest,
    { schemaVersion: 2, mediaType: TYPES.oci.manifest, config: config.descriptor, layers: descriptors },
    { blobs: [config] },
  );
  return { repositories: [{ name: "big", tags: new Map([["v1", { image, big }]]) }] };
}

function bigBlob(size: number, seed: number): BigBlob {
  const hash = createHash("sha256");
  for (const chunk of chunks(size, seed)) hash.update(chunk);
  const digest = parseDigest(`sha256:${hash.digest("hex")}`);
  if (digest === undefined) throw new Error("a digest that is not valid");
  return { digest, size, write: (file) => pipeline(Readable.from(chunks(size, seed)), createWriteStream(file)) };
}

/** AES in counter mode over zeros: incompressible, fast and the same everywhere. */
function* chunks(size: number, seed: number): Generator<Uint8Array> {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed);
  const cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  for (let left = size; left > 0; left -= MIB) yield cipher.update(new Uint8Array(Math.min(MIB, left)));
}
