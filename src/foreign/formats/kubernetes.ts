import { hasKeys } from "../items/fields.ts";
import type { Format } from "./format.ts";
import { findImages } from "./images-in-yaml.ts";

/** Kubernetes objects, as they are applied: the images of their containers, and of custom resources. */
export const kubernetes: Format = {
  name: "kubernetes",
  title: "Kubernetes objects",
  needsTarget: true,
  readsAllDocuments: true,
  recognises: ({ documents }) => documents.length > 0 && documents.every((root) => hasKeys(root, "apiVersion", "kind")),
  read: ({ documents, placeOf }, out) => {
    for (const { node, text } of documents.flatMap(findImages)) out.addImage(text, placeOf(node));
  },
};
