import { attestation, image, type ImageOptions, index, type TestImage } from "../test/support/images.ts";
import { blob, randomBytes, type TestLayer } from "../test/support/layers.ts";
import { tar } from "../test/support/tar.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Not compressed: Node.js and Deno compress differently, and the output in the documentation must be the same on both. */
function plainLayer(files: Files): TestLayer {
  const layer = blob("application/vnd.oci.image.layer.v1.tar", tar(files));
  return { ...layer, diffId: layer.descriptor.digest };
}

/** A layer with one incompressible file of `size` bytes. */
export function largeLayer({ size, seed }: { readonly size: number; readonly seed: number }): TestLayer {
  return plainLayer({ [`random-${seed}`]: randomBytes(size, seed) });
}

/** A small image. The same seed produces the same image on both runtimes. */
export function plainImage(seed: number, options: Omit<ImageOptions, "layers"> = {}): TestImage {
  return image({ ...options, layers: [plainLayer({ seed: String(seed) })] });
}

/** An index of linux/amd64 and linux/arm64 with a shared base layer and attestations, as built by BuildKit. */
export function plainIndex(seed: number): TestImage {
  const base = plainLayer({ "etc/release": "test\n" });
  const entries = ["linux/amd64", "linux/arm64"].map((platform) => {
    const own = plainLayer({ hello: `${platform} ${seed}\n` });
    return { platform, image: image({ layers: [base, own], platform, annotations: { seed: String(seed) } }) };
  });
  const annotations = { "org.opencontainers.image.version": String(seed) };
  return index([...entries, ...entries.map((entry) => attestation(entry.image))], { annotations });
}
