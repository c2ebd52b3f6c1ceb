import { noteOtherKeys } from "../items/collect.ts";
import { entriesOf, field, itemsOf, textAt } from "../items/fields.ts";
import type { Format } from "./format.ts";

const VERIFIED_BY: ReadonlySet<string> = new Set(["key", "certificate-identity", "certificate-identity-regexp"]);

/** Hauler's manifests: documents of kind Images. */
export const hauler: Format = {
  name: "hauler",
  title: "Hauler",
  needsTarget: true,
  recognises: ({ documents }) =>
    documents.length > 0 &&
    documents.every((root) => /^(?:content|collection)\.hauler\.cattle\.io\//.test(textAt(root, "apiVersion") ?? "")),
  read: ({ documents, placeOf }, out) => {
    for (const root of documents) {
      const kind = textAt(root, "kind") ?? "";
      if (kind !== "Images")
        out.note(root, `a document of kind ${kind}`, "keep it in hauler; imgsync copies images only");
      // the registry, platform or key of all images of the document
      for (const [key, node] of entriesOf(field(root, "metadata", "annotations"))) {
        if (kind === "Images" && key.startsWith("hauler.dev/"))
          out.lose(node, `the annotation ${key}, which is for all images`, "write it at each image, and import again");
      }
      for (const image of kind === "Images" ? itemsOf(field(root, "spec", "images")) : []) {
        const platform = textAt(image, "platform");
        out.addImage(textAt(image, "name") ?? "", placeOf(image), {
          settings: platform === undefined ? {} : { platforms: [platform] },
        });
        noteOtherKeys(image, ["name", "platform", ...VERIFIED_BY], out);
        if (entriesOf(image).some(([key]) => VERIFIED_BY.has(key))) {
          out.note(
            image,
            "that the signature of an image is verified",
            "write verify: { key: FILE } or { identity: …, issuer: … } in its entry",
          );
        }
      }
    }
  },
};
