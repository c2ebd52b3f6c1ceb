import type { ProductFacts } from "../product-facts.ts";

/** GitLab has no specific message for an immutable tag: it responds DENIED, and the executor resolves the tag again. */
export const gitlab: ProductFacts = {
  name: "gitlab",
  title: "GitLab",
  isHost: (host) => host === "registry.gitlab.com",
  tokenServices: ["https://gitlab.com"],
};
