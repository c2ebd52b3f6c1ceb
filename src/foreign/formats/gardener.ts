import type { Node } from "../../manifest/parse/nodes.ts";
import { type Collector, nameTag, noteOtherKeys, readTagOrDigest } from "../items/collect.ts";
import { field, hasKeys, isFalse, itemsOf, textOf } from "../items/fields.ts";
import type { Format } from "./format.ts";

/** gardener's images.yaml and its relatives: `images: [{ source, destination, tags }]`. */
export const gardener: Format = {
  name: "gardener",
  title: "gardener",
  omitsReferrers: true,
  recognises: ({ documents: [root] }) =>
    itemsOf(field(root, "images")).some((item) => hasKeys(item, "source", "destination")),
  read: ({ documents: [root] }, out) => {
    for (const item of itemsOf(field(root, "images"))) readItem(item, out);
  },
};

function readItem(item: Node, out: Collector): void {
  const source = out.image(field(item, "source"), item, "source");
  const target = out.image(field(item, "destination"), item, "destination");
  if (source === undefined || target === undefined) return;
  const isOne = isFalse(field(item, "multi-arch"));
  if (isOne)
    out.note(item, "multi-arch: false", "expect another digest: imgsync writes an index with the platform linux/amd64");
  const tags = itemsOf(field(item, "tags"));
  const settings = isOne ? { platforms: ["linux/amd64"] } : {};
  for (const tag of tags) {
    const read = readTagOrDigest(textOf(tag) ?? "");
    if (read === undefined) out.lose(tag, "a name that is not a tag", "correct it, and import again");
    else {
      const { selection } = nameTag(read);
      out.add({ ...out.linesOf(item), source: source.repository, targets: [target.repository], selection, settings });
    }
  }
  if (tags.length === 0) out.lose(item, "an image without tags", "add its tags, and import again");
  noteOtherKeys(item, ["source", "destination", "tags", "multi-arch"], out);
}
