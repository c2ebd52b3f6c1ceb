import type { Node } from "../../manifest/parse/nodes.ts";
import type { Collector } from "../items/collect.ts";
import { field, hasKeys, isTrue, itemsOf, textAt } from "../items/fields.ts";
import { readImage } from "../items/read-image.ts";
import type { Format } from "./format.ts";

/** imgpkg's ImagesLock: digests, with the name that kbld resolved in an annotation. Facts from pkg/imgpkg/lockconfig at carvel-dev/imgpkg 240e878. */
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

/** kbld's lock and configuration: overrides of names, in a lock by digests. Facts from pkg/kbld/image/factory.go at carvel-dev/kbld da01feb. */
export const kbldLock: Format = {
  name: "kbld",
  title: "kbld lock",
  needsTarget: true,
  readsAllDocuments: true,
  recognises: ({ documents: [root] }) =>
    textAt(root, "apiVersion")?.startsWith("kbld.k14s.io/") === true && hasKeys(root, "overrides"),
  read: ({ documents }, out) => {
    for (const root of documents) for (const override of itemsOf(field(root, "overrides"))) readOverride(override, out);
  },
};

/** Without `preresolved`, kbld asks the registry for a tag and for one platform. Without `newImage`, the name stays. */
function readOverride(override: Node, out: Collector): void {
  const before = textAt(override, "image");
  const selects = (key: string): boolean => !isTrue(field(override, "preresolved")) && hasKeys(override, key);
  if (selects("tagSelection")) {
    out.lose(override, "a tag that kbld selects", "write an entry with { semver: RANGE, latest: 1 }");
    return;
  }
  if (selects("platformSelection"))
    out.note(override, "platformSelection", "write platforms: [OS/ARCHITECTURE] in the entry");
  addLocked(textAt(override, "newImage") ?? before ?? "", before, override, out);
}

/** The target has the tag of the name before it was resolved. */
function addLocked(text: string, before: string | undefined, node: Node, out: Collector): void {
  const original = before === undefined ? undefined : readImage(before, out.values);
  const name = original === undefined || "problem" in original ? undefined : original.tag;
  out.addImage(text, out.placeOf(node), { name });
}
