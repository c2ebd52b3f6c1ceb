import { isProblem } from "../../model/reference.ts";
import { type ProductFacts, says } from "../product-facts.ts";
import { createCommand } from "./commands.ts";
import { isArtifactRegistryHost, universeOf } from "./host.ts";
import { artifactRegistryParts, parseArtifactRegistryName } from "./name.ts";
import { imagesInTagList } from "./tag-list.ts";

/** Google's registry, in all its universes, and the gcr.io hosts that it serves. */
export const artifactRegistry: ProductFacts = {
  name: "artifact-registry",
  title: "Artifact Registry",
  isHost: isArtifactRegistryHost,
  // by the message: its code is MANIFEST_INVALID, which means other things as well
  saysImmutable: says(/enabled tag immutability/i),
  listsDigests: true,
  imagesInTagList,
  createCommand: (repository) => {
    const parts = artifactRegistryParts(repository);
    // gcr.io's repositories come with their hosts
    if (parts?.repository === undefined || parts.repository === repository.host) return undefined;
    return createCommand({ ...parts, repository: parts.repository });
  },
  nameProblem: (repository, universes) => {
    const name = parseArtifactRegistryName(repository, universes);
    return name !== undefined && isProblem(name) ? name : undefined;
  },
  googleDomain: universeOf,
  credentialHelper: "gcloud",
};
