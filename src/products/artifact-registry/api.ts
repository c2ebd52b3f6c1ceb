import type { ProductApi } from "../api/product-api.ts";
import { listImages } from "./api/list-images.ts";
import { listRepositories } from "./api/list-repositories.ts";
import { preflight } from "./api/preflight.ts";
import { tagPolicy } from "./api/tag-policy.ts";
import { artifactRegistry } from "./facts.ts";

/** Google's registry, in all its universes. */
export const artifactRegistryApi: ProductApi = {
  facts: artifactRegistry,
  tagPolicy,
  preflight,
  listImages,
  listRepositories,
};
