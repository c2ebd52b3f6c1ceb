import { type Digest, parseDigest } from "../../../model/digest.ts";
import { ImgsyncError } from "../../../model/error.ts";
import { isTag, type Repository } from "../../../model/reference.ts";
import { RegistryError } from "../../../http/error.ts";
import { LIMITS } from "../../../http/limits.ts";
import { listField, numberField, textField, timeField } from "../../api/fields.ts";
import type { PlacedImage } from "../../../model/image-list.ts";
import type { ProductApi } from "../../api/product-api.ts";
import { callGoogle, resourceOf } from "./google-api.ts";
import type { Resource } from "./resource.ts";
import { defined } from "../../../model/defined.ts";

const PER_PAGE = 1000;

/**
 * Lists all images of the repository by `dockerImages.list`, page by page, filtered by name if an image is given. Returns undefined without
 * an access token or permission; then the caller uses the registry protocol.
 */
export const listImages: NonNullable<ProductApi["listImages"]> = async (repository, tools, { signal, onProgress }) => {
  const resource = resourceOf(repository, tools);
  if ((await tools.accessTokens.find(repository, { signal })) === undefined) return undefined;
  const images = new Map<string, PlacedImage>();
  let pageToken: string | undefined;
  for (let page = 1; page <= LIMITS.apiPages; page += 1) {
    const query = new URLSearchParams({
      pageSize: String(PER_PAGE),
      ...defined({ pageToken }),
    });
    const answer = await callGoogle(
      {
        repository,
        suffix: `/dockerImages?${query.toString()}`,
        expect: [403, 404],
        what: "dockerImages.list",
        signal,
      },
      tools,
    );
    if (answer.status === 404) throw notFound(resource);
    if (answer.status !== 200) return undefined;
    for (const item of listField(answer.json, "dockerImages")) {
      const image = readImage(item, resource);
      if (image === undefined) continue;
      if (resource.image !== undefined && image.repository.path !== repository.path) continue;
      images.set(`${image.repository.path}@${image.digest}`, image);
    }
    onProgress(images.size);
    const next = textField(answer.json, "nextPageToken");
    if (next === undefined) return [...images.values()];
    if (next === pageToken) break;
    pageToken = next;
  }
  throw new RegistryError({
    code: "LIMIT_EXCEEDED",
    message: `the list of images of ${resource.path} has pages that repeat, or more than ${LIMITS.apiPages}`,
  });
};

/** Returns undefined for an item whose URI is not in this repository. */
function readImage(item: unknown, { host, path }: Resource): PlacedImage | undefined {
  const uri = textField(item, "uri") ?? "";
  const at = uri.lastIndexOf("@");
  const digest: Digest | undefined = parseDigest(uri.slice(at + 1));
  const prefix = `${path}/`;
  const name = uri.slice(uri.indexOf("/") + 1, at);
  if (digest === undefined || !name.startsWith(prefix)) return undefined;
  const repository: Repository = { host, path: name };
  const mediaType = textField(item, "mediaType");
  // gcloud also shows uploadTime as the creation time
  const created = timeField(item, "uploadTime");
  const updated = timeField(item, "updateTime");
  // a size of 0 means unknown
  const bytes = numberField(item, "imageSizeBytes") || undefined;
  const tags = listField(item, "tags").filter((tag): tag is string => typeof tag === "string" && isTag(tag));
  return {
    repository,
    digest,
    tags: tags.sort(),
    ...defined({ mediaType, created, updated, bytes }),
  };
}

function notFound({ path, location, host }: Resource): ImgsyncError {
  return new ImgsyncError({
    code: "SOURCE_NOT_FOUND",
    message: `${host} has no repository "${path}" in ${location}, or does not show it`,
    reference: `${host}/${path}`,
    hint: "check the name; imgsync auth explain shows which credentials were used",
  });
}
