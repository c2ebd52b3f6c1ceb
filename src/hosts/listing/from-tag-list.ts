import type { ListedImage } from "../../model/image-list.ts";
import type { TagList } from "../../model/snapshot.ts";

/** What the tag list told about images (Google's registries do), and the tags that it told nothing about. */
export function chooseFromTagList(
  { tags, images }: TagList,
  tagFilter: ((tag: string) => boolean) | undefined,
): { readonly images: readonly ListedImage[]; readonly left: readonly string[] } {
  const isWanted = tagFilter ?? (() => true);
  const all = [...(images?.values() ?? [])];
  const told = new Set(all.flatMap((image) => image.tags));
  return {
    images: all
      .map((image) => withTags(image, image.tags.filter(isWanted)))
      .filter((image) => tagFilter === undefined || image.tags.length > 0),
    left: tags.filter((tag) => !told.has(tag) && isWanted(tag)),
  };
}

function withTags(image: ListedImage, tags: readonly string[]): ListedImage {
  return { ...image, tags };
}
