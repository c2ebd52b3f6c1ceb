import { type ProductFacts, says } from "../product-facts.ts";
import { createCommand, loginCommand, newToken } from "./commands.ts";
import { isArtifactRegistryHost, universeOf } from "./host.ts";
import { artifactRegistryNameProblem, artifactRegistryParts } from "./name.ts";
import { imagesInTagList } from "./tag-list.ts";

/** Google's registry in all universes, including the gcr.io hosts. */
export const artifactRegistry: ProductFacts = {
  name: "artifact-registry",
  title: "Artifact Registry",
  isHost: isArtifactRegistryHost,
  // by message, because its code MANIFEST_INVALID is not specific
  saysImmutable: says(/enabled tag immutability/i),
  listsDigests: true,
  imagesInTagList,
  createCommand: (repository) => {
    const parts = artifactRegistryParts(repository);
    // gcr.io repositories exist with their host
    if (parts?.repository === undefined || parts.repository === repository.host) return undefined;
    return createCommand({ ...parts, repository: parts.repository });
  },
  nameProblem: artifactRegistryNameProblem,
  googleDomain: universeOf,
  login: (host, universes) => loginCommand(host, universeOf(host, universes) ?? ""),
  newToken: (host, refused, universes) => newToken(host, refused, universeOf(host, universes) ?? ""),
  credentialHelper: "gcloud",
};
