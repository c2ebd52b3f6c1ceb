import { type ProductFacts, says } from "../product-facts.ts";

export const nexus: ProductFacts = {
  name: "nexus",
  title: "Nexus",
  saysImmutable: says(/does not allow updating assets/i),
};
