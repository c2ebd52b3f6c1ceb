import type { ListedImage } from "../../model/image-list.ts";
import { compareTags } from "../../selectors/tag-order.ts";

export type ImageOrder = "created" | "updated" | "size" | "tag";

type Compare = (one: Prepared, other: Prepared) => number;
type Prepared<T extends ListedImage = ListedImage> = { readonly image: T; readonly highestTag: string | undefined };

export const IMAGE_ORDERS: Readonly<Record<ImageOrder, Compare>> = {
  created: byNumber(({ created }) => created?.getTime()),
  updated: byNumber(({ updated }) => updated?.getTime()),
  size: byNumber(({ bytes }) => bytes),
  tag: byTag,
};

/** Sorts the newest, largest or highest tag first and unknown values last. Ties are ordered by tag, then by digest. */
export function sortImages<T extends ListedImage>(images: readonly T[], order: ImageOrder): readonly T[] {
  const compare = IMAGE_ORDERS[order];
  return images
    .map((image): Prepared<T> => ({ image, highestTag: highest(image.tags) }))
    .sort((one, other) => compare(one, other) || byTag(one, other) || byDigest(one, other))
    .map(({ image }) => image);
}

function byNumber(pick: (image: ListedImage) => number | undefined): Compare {
  return (one, other) => {
    const [left, right] = [pick(one.image), pick(other.image)];
    if (left === right) return 0;
    if (left === undefined) return 1;
    return right === undefined ? -1 : right - left;
  };
}

function byTag({ highestTag: one }: Prepared, { highestTag: other }: Prepared): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return compareTags(other, one);
}

function byDigest({ image: one }: Prepared, { image: other }: Prepared): number {
  return one.digest < other.digest ? -1 : Number(one.digest > other.digest);
}

function highest(tags: readonly string[]): string | undefined {
  return tags.reduce<string | undefined>(
    (best, tag) => (best === undefined || compareTags(tag, best) > 0 ? tag : best),
    undefined,
  );
}
