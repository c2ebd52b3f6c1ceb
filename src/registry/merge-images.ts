import type { Digest } from "../model/digest.ts";
import type { ListedImage } from "../model/image-list.ts";

/** Merges images by digest: each page may list only some of an image's tags. */
export function mergeImages(
  into: Map<Digest, ListedImage>,
  more: ReadonlyMap<Digest, ListedImage>,
  isTag: (text: string) => boolean,
): void {
  for (const [digest, image] of more) {
    const tags = new Set([...(into.get(digest)?.tags ?? []), ...image.tags.filter(isTag)]);
    into.set(digest, { ...image, tags: [...tags].sort() });
  }
}
