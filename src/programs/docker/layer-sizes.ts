import type { Digest } from "../../model/digest.ts";
import { type ImageManifest, tryParseManifest } from "../../model/manifest.ts";
import type { Cancellable, Reader } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import { layerId } from "./transfer-news.ts";

/** The blobs of an image, by the `id` that news may have for them. */
export type SizedImage = {
  readonly layers: ReadonlyMap<string, number>;
  readonly configBytes: number;
};

/** `unpacked`: the digests of the unpacked layers, by which some programs report. */
export function sizesIn({ config, layers }: ImageManifest, unpacked: readonly Digest[] = []): SizedImage {
  const sizes = new Map<string, number>();
  const isSame = layers.length === unpacked.length;
  for (const [at, { digest, size }] of layers.entries()) {
    const other = isSame ? unpacked[at] : undefined;
    if (other !== undefined) sizes.set(layerId(other), size);
    sizes.set(layerId(digest), size);
  }
  return { layers: sizes, configBytes: config.size };
}

/** Returns the images at a digest: one, or those of an index, which containerd's store pushes whole. */
export async function readImages(
  repository: Repository,
  digest: Digest,
  reader: Pick<Reader, "readManifest">,
  options: Cancellable,
): Promise<readonly ImageManifest[]> {
  const read = async (one: Digest) => {
    const content = await reader.readManifest({ repository, digest: one }, options);
    return content && tryParseManifest(content);
  };
  const top = await read(digest);
  if (top?.kind !== "index") return top === undefined ? [] : [top];
  // parts that were not pushed may be missing, and the sizes of those that cannot be read now are not worth a failure
  const parts = await Promise.all(top.manifests.map(async (part) => read(part.digest).catch(() => undefined)));
  return parts.filter((part) => part?.kind === "image");
}
