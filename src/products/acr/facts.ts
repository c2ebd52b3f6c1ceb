import type { ProductFacts } from "../product-facts.ts";

/** Microsoft's registry. */
export const acr: ProductFacts = {
  name: "acr",
  title: "Azure Container Registry",
  isHost: (host) => /^[a-z0-9]{5,50}(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/.test(host),
  saysImmutable: ({ code, message }) =>
    code === "REGISTRY_DISALLOWED_OPERATION" || /operation is disallowed on this registry/i.test(message),
};
