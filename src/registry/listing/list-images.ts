import type { ListedImage, PlacedImage } from "../../model/image-list.ts";
import { isLayout, layoutFolder } from "../../model/layout-name.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import { ImgsyncError, toErrorDetails } from "../../model/error.ts";
import { chooseByTag, chooseFromTagList } from "./from-tag-list.ts";
import { readManifests } from "./from-manifests.ts";
import type { ListRequest } from "./list-request.ts";

/**
 * Lists the images of a repository, one per digest, in no particular order. Prefers the registry's own API, which may also list a
 * repository of images. Otherwise, tags that the tag list already describes need no further requests, and the rest is read tag by tag.
 * @throws ImgsyncError SOURCE_NOT_FOUND if the repository does not exist
 */
export async function listImages(request: ListRequest): Promise<readonly (ListedImage | PlacedImage)[]> {
  const { client, repository, tagFilter, signal } = request;
  const all = await listByApi(request);
  if (all !== undefined) return chooseByTag(all, tagFilter);
  const list = await client.reader.listTags(repository, { signal });
  if (list === undefined) throw notFound(repository);
  const { images, left } = chooseFromTagList(list, tagFilter);
  return left.length === 0 ? images : merge(images, await readManifests(left, request));
}

/** If the API refuses or fails, the registry protocol still works. */
async function listByApi({ listAll, repository, signal, onProgress, onWarning }: ListRequest) {
  try {
    return await listAll?.({ signal, onProgress: (done) => onProgress({ done, of: done }) });
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message } = toErrorDetails(thrown);
    if (code === "SOURCE_NOT_FOUND") throw thrown;
    onWarning(
      `the registry's own API did not list the images, so its protocol does: ${message}`,
      formatRepository(repository),
    );
    return undefined;
  }
}

function merge(listed: readonly ListedImage[], read: readonly ListedImage[]): readonly ListedImage[] {
  const images = new Map(read.map((image) => [image.digest, image]));
  for (const image of listed) {
    const tags = new Set([...image.tags, ...(images.get(image.digest)?.tags ?? [])]);
    images.set(image.digest, { ...image, tags: [...tags].sort() });
  }
  return [...images.values()];
}

function notFound(repository: Repository): ImgsyncError {
  if (isLayout(repository))
    return new ImgsyncError({
      code: "SOURCE_NOT_FOUND",
      message: `there is no OCI layout in ${layoutFolder(repository)}`,
      reference: formatRepository(repository),
    });
  return new ImgsyncError({
    code: "SOURCE_NOT_FOUND",
    message: `${repository.host} has no repository "${repository.path}", or does not show it`,
    reference: formatRepository(repository),
    hint: "check the name; imgsync auth explain shows which credentials were used",
  });
}
