import { isArtifactRegistryHost } from "../../model/artifact-registry-host.ts";
import type { Product } from "../product.ts";
import { listImages } from "./list-images.ts";
import { preflight } from "./preflight.ts";
import { tagPolicy } from "./tag-policy.ts";

/** Google's registry, in all its universes. */
export const artifactRegistry: Product = {
  name: "artifact-registry",
  isHost: isArtifactRegistryHost,
  tagPolicy,
  preflight,
  listImages,
};
