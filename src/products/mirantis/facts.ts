import { type ProductFacts, says } from "../product-facts.ts";

export const mirantis: ProductFacts = {
  name: "mirantis",
  title: "Mirantis Secure Registry",
  saysImmutable: says(/cannot be overwritten because .{0,300}is an immutable repository/i),
};
