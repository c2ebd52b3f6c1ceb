import type { ProductFacts } from "../product-facts.ts";

/** Quay runs at quay.io and on any other host. */
export const quay: ProductFacts = {
  name: "quay",
  title: "Quay",
  isHost: (host) => host === "quay.io",
  isDeclarable: true,
  saysImmutable: ({ code, message }) => code === "TAG_IMMUTABLE" || /tag is immutable/i.test(message),
};
