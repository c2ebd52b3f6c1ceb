import type { ListedImage } from "../../model/image-list.ts";
import type { TagList } from "../../model/answer.ts";

/** Splits a tag list into the images that it describes (Google's registries do) and the remaining tags. */
export function chooseFromTagList(
  { tags, images }: TagList,
  tagFilter: ((tag: string) => boolean) | undefined,
): { readonly images: readonly ListedImage[]; readonly left: readonly string[] } {
  const isWanted = tagFilter ?? (() => true);
  const all = [...(images?.values() ?? [])];
  const listed = new Set(all.flatMap((image) => image.tags));
  return {
    images: chooseByTag(all, tagFilter),
    left: tags.filter((tag) => !listed.has(tag) && isWanted(tag)),
  };
}

/** Keeps only matching tags, and only images that have one. */
export function chooseByTag<T extends ListedImage>(
  images: readonly T[],
  tagFilter: ((tag: string) => boolean) | undefined,
): readonly T[] {
  if (tagFilter === undefined) return images;
  return images.map((image) => withTags(image, image.tags.filter(tagFilter))).filter(({ tags }) => tags.length > 0);
}

function withTags<T extends ListedImage>(image: T, tags: readonly string[]): T {
  return { ...image, tags };
}
