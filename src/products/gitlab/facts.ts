import type { ProductFacts } from "../product-facts.ts";

/** It has no known words for an immutable tag: its refusals are DENIED, so the executor looks at the tag again. */
export const gitlab: ProductFacts = {
  name: "gitlab",
  title: "GitLab",
  isHost: (host) => host === "registry.gitlab.com",
  tokenServices: ["https://gitlab.com"],
};
