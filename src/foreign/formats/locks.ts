import type { Node } from "../../manifest/parse/nodes.ts";
import type { Collector } from "../items/collect.ts";
import { field, hasKeys, itemsOf, textAt } from "../items/fields.ts";
import { readImage } from "../items/read-image.ts";
import type { Format } from "./format.ts";

/** imgpkg's ImagesLock: digests, with the name that kbld resolved in an annotation. */
export const imagesLock: Format = {
  name: "imgpkg",
  title: "imgpkg ImagesLock",
  needsTarget: true,
  recognises: ({ documents: [root] }) => textAt(root, "kind") === "ImagesLock",
  read: ({ documents: [root] }, out) => {
    for (const image of itemsOf(field(root, "images") ?? field(root, "spec", "images"))) {
      const name = textAt(image, "image") ?? textAt(image, "url") ?? "";
      addLocked(name, textAt(image, "annotations", "kbld.carvel.dev/id"), image, out);
    }
  },
};

/** kbld's lock: overrides of names by digests. */
export const kbldLock: Format = {
  name: "kbld",
  title: "kbld lock",
  needsTarget: true,
  recognises: ({ documents: [root] }) =>
    textAt(root, "apiVersion")?.startsWith("kbld.k14s.io/") === true && hasKeys(root, "overrides"),
  read: ({ documents: [root] }, out) => {
    for (const override of itemsOf(field(root, "overrides"))) {
      addLocked(textAt(override, "newImage") ?? "", textAt(override, "image"), override, out);
    }
  },
};

/** The target has the tag of the name before it was resolved. */
function addLocked(text: string, before: string | undefined, node: Node, out: Collector): void {
  const original = before === undefined ? undefined : readImage(before, out.values);
  const name = original === undefined || "problem" in original ? undefined : original.tag;
  out.addImage(text, out.placeOf(node), { name });
}
