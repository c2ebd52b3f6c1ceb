import type { Node } from "../../manifest/parse/nodes.ts";
import { isDigest } from "../../model/digest.ts";
import { type Collector, nameTag, noteOtherKeys, readTagOrDigest } from "../items/collect.ts";
import { field, hasKeys, isFalse, itemsOf, textOf, textsOf } from "../items/fields.ts";
import type { Format } from "./format.ts";

/**
 * gardener's images.yaml and its relatives: `images: [{ source, destination, tags }]`. Facts from config/images/copy-images.sh at
 * gardener/ci-infra e99e011, which reads all documents with yq, where `3.10` is the number 3.1, and from scripts/sync.sh at
 * sighupio/container-image-sync 31afed9, whose keys are `destinations`, `tag`, `multi-arch` (default: true) and `build`.
 */
export const gardener: Format = {
  name: "gardener",
  title: "gardener",
  omitsReferrers: true,
  readsAllDocuments: true,
  recognises: ({ documents: [root] }) =>
    itemsOf(field(root, "images")).some(
      (item) => hasKeys(item, "source") && (hasKeys(item, "destination") || hasKeys(item, "destinations")),
    ),
  read: ({ documents }, out) => {
    for (const root of documents) for (const item of itemsOf(field(root, "images"))) readItem(item, out);
  },
};

function readItem(item: Node, out: Collector): void {
  if (hasKeys(item, "build")) {
    out.note(item, "an image that is built here", "build and push it with docker buildx");
    return;
  }
  const source = out.image(field(item, "source"), item, "source");
  const destinations = field(item, "destinations");
  const nodes = destinations === undefined ? [field(item, "destination")] : textsOf(destinations);
  const targets = nodes.flatMap((node) => out.image(node, item, "destination")?.repository ?? []);
  if (nodes.length === 0) out.lose(item, "an image without a destination", "add one, and import again");
  if (source === undefined || targets.length === 0) return;
  const isOne = isFalse(field(item, "multi-arch"));
  if (isOne)
    out.note(item, "multi-arch: false", "expect another digest: imgsync writes an index with the platform linux/amd64");
  const tags = itemsOf(field(item, "tags") ?? field(item, "tag"));
  const settings = isOne ? { platforms: ["linux/amd64"] } : {};
  for (const tag of tags) {
    const text = textOf(tag) ?? "";
    const read = isDigest(text) ? undefined : readTagOrDigest(text);
    noteNumber(tag, text, out);
    if (read === undefined) out.lose(tag, "a name that is not a tag", "correct it, and import again");
    else {
      const { selection } = nameTag(read);
      out.add({ ...out.linesOf(item), source: source.repository, targets, selection, settings });
    }
  }
  if (tags.length === 0) out.lose(item, "an image without tags", "add its tags, and import again");
  noteOtherKeys(item, ["name", "source", "destination", "destinations", "tags", "tag", "multi-arch"], out);
}

function noteNumber(tag: Node, text: string, out: Collector): void {
  if (tag.kind !== "scalar" || typeof tag.value !== "number" || String(tag.value) === text) return;
  out.note(tag, `the tag ${text}, which yq reads as the number ${tag.value}`, "check which of the two is meant");
}
