import { noteOtherKeys } from "../items/collect.ts";
import { entriesOf, field, isTrue, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { Format } from "./format.ts";

const VERIFIED_BY: ReadonlySet<string> = new Set(["key", "certificate-identity", "certificate-identity-regexp"]);

/** Hauler's manifests: documents of kind Images. Facts from cmd/hauler/cli/store/{sync,add}.go and pkg/store/store.go at hauler-dev/hauler 8d688cc (v2.0.3). */
export const hauler: Format = {
  name: "hauler",
  title: "Hauler",
  needsTarget: true,
  readsAllDocuments: true,
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
        if (isTrue(field(image, "local"))) {
          out.lose(image, "an image of the local docker", "write an entry with source: docker-daemon:NAME");
          continue;
        }
        const platform = textAt(image, "platform");
        if (platform !== undefined)
          out.note(
            image,
            `platform: ${platform} copies the image without its index`,
            "expect another digest: imgsync writes an index with this platform",
          );
        out.addImage(textAt(image, "name") ?? "", placeOf(image), {
          settings: {
            ...(platform === undefined ? {} : { platforms: [platform] }),
            ...(isTrue(field(image, "exclude-extras")) ? { referrers: false } : {}),
          },
        });
        const rewrite = field(image, "rewrite");
        if (textOf(rewrite) !== undefined && rewrite !== undefined)
          out.lose(rewrite, "rewrite, which is not applied here", "change target or to in the entry");
        noteOtherKeys(image, ["name", "platform", "local", "exclude-extras", "rewrite", ...VERIFIED_BY], out);
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
