import type { ProductApi } from "../../api/product-api.ts";
import { resourceOf } from "./google-api.ts";
import { listImages } from "./list-images.ts";

/** Lists the images of the whole repository that a path is in: Artifact Registry has no list of image names. */
export const listRepositories: NonNullable<ProductApi["listRepositories"]> = async (place, tools, { signal }) => {
  const { host, path } = resourceOf(place, tools);
  const images = await listImages({ host, path }, tools, { signal, onProgress: () => undefined });
  return images && [...new Set(images.map(({ repository }) => repository.path))];
};
