import type { TagPolicy } from "../../../model/tag-policy.ts";
import type { ProductApi } from "../../api/product-api.ts";
import { resourceOf } from "./google-api.ts";
import { readRepository } from "./repository.ts";

/** Reads `dockerConfig.immutableTags`, which covers all tags of the repository or none. */
export const tagPolicy: ProductApi["tagPolicy"] = async (repository, tools, { signal }): Promise<TagPolicy> => {
  const { apiHost: by, path } = resourceOf(repository, tools);
  const info = await readRepository(repository, tools, { signal });
  if (info.kind === "absent") return { by, immutable: [], unknown: `${by} has no repository ${path}` };
  if (info.kind === "hidden") {
    const unknown = `${by} does not show ${path}; that needs the permission artifactregistry.repositories.get`;
    return { by, immutable: [], unknown };
  }
  if (!info.immutableTags) return { by, immutable: [] };
  return { by, immutable: "all", reason: `the repository ${path} has immutable tags` };
};
