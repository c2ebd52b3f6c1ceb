import { type ProductFacts, says } from "../product-facts.ts";

export const alibaba: ProductFacts = {
  name: "alibaba",
  title: "Alibaba Container Registry",
  saysImmutable: says(/already exists and cannot be overwritten/i),
};
