import type { ListedImage } from "../../model/image-list.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import { ImgsyncError } from "../../model/error.ts";
import { chooseFromTagList } from "./from-tag-list.ts";
import { readManifests } from "./from-manifests.ts";
import type { ListRequest } from "./list-request.ts";

/**
 * The images of a repository, one for each digest, in no particular order. Where the tag list itself tells all about them,
 * that one request is enough; the rest is asked for tag by tag, as every registry understands it.
 * @throws ImgsyncError SOURCE_NOT_FOUND where there is no such repository
 */
export async function listImages(request: ListRequest): Promise<readonly ListedImage[]> {
  const { client, repository, tagFilter, signal } = request;
  const list = await client.reader.listTags(repository, { signal });
  if (list === undefined) throw notFound(repository);
  const { images, left } = chooseFromTagList(list, tagFilter);
  return left.length === 0 ? images : merge(images, await readManifests(left, request));
}

function merge(told: readonly ListedImage[], read: readonly ListedImage[]): readonly ListedImage[] {
  const images = new Map(read.map((image) => [image.digest, image]));
  for (const image of told) {
    const tags = new Set([...image.tags, ...(images.get(image.digest)?.tags ?? [])]);
    images.set(image.digest, { ...image, tags: [...tags].sort() });
  }
  return [...images.values()];
}

function notFound(repository: Repository): ImgsyncError {
  return new ImgsyncError({
    code: "SOURCE_NOT_FOUND",
    message: `${repository.host} has no repository "${repository.path}", or does not show it`,
    reference: formatRepository(repository),
    hint: "check the name; imgsync auth explain tells which credentials were used",
  });
}
