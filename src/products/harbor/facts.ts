import { type ProductFacts, says } from "../product-facts.ts";

/** Harbor runs on any host, so the user has to declare it. */
export const harbor: ProductFacts = {
  name: "harbor",
  title: "Harbor",
  isDeclarable: true,
  saysImmutable: says(/configured as immutable/i),
  advice: [
    {
      // goharbor/harbor, src/server/middleware: contenttrust and vulnerable
      matches: /PROJECTPOLICYVIOLATION|is not signed|not been scanned|configured policy in|vulnerabilit/i,
      statuses: [403, 412],
      hint: "a policy of the project at the registry does not allow this image to be pulled: sign or scan it there, or have the project's administrator exempt it",
    },
  ],
};
