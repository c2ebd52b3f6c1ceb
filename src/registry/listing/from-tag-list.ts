import type { ListedImage } from "../../model/image-list.ts";
import type { TagList } from "../../model/answer.ts";

/** What the tag list told about images (Google's registries do), and the tags that it told nothing about. */
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

/** The images with those of their tags that are wanted, without those that have none of them. */
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
