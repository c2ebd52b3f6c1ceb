import { entriesOf, field, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { Node } from "../../manifest/parse/nodes.ts";
import { type Collector, noteOtherKeys } from "../items/collect.ts";
import type { Format } from "./format.ts";

const OTHERS: Readonly<Record<string, string>> = {
  platform: "keep using oc-mirror for releases of OpenShift",
  operators: "keep using oc-mirror for operators",
  helm: "list the images of the charts as entries",
  samples: "list the images as entries",
};

/** oc-mirror's ImageSetConfiguration: its additionalImages. */
export const ocMirror: Format = {
  name: "oc-mirror",
  title: "oc-mirror",
  needsTarget: true,
  recognises: ({ documents: [root] }) => textAt(root, "kind") === "ImageSetConfiguration",
  read: ({ documents: [root], placeOf }, out) => {
    const mirror = field(root, "mirror");
    const blocked = new Set(
      itemsOf(field(mirror, "blockedImages")).flatMap((node) => textAt(node, "name") ?? textOf(node) ?? []),
    );
    for (const image of itemsOf(field(mirror, "additionalImages"))) {
      const name = (textAt(image, "name") ?? "").replace(/^docker:\/\//, "");
      if (blocked.has(name)) continue;
      if (name.startsWith("oci://")) {
        out.lose(image, "an image in an OCI layout", "write its folder as source: oci:FOLDER");
        continue;
      }
      noteTarget(image, out);
      noteOtherKeys(image, ["name", "targetRepo", "targetTag"], out);
      out.addImage(name, placeOf(image), { name: textAt(image, "targetTag") });
    }
    noteBlocked(field(mirror, "blockedImages"), out);
    for (const [key, node] of entriesOf(mirror)) {
      const instead = OTHERS[key];
      if (instead !== undefined) out.lose(node, key, instead);
    }
    noteOtherKeys(mirror, ["additionalImages", "blockedImages", ...Object.keys(OTHERS)], out);
    const storage = field(root, "storageConfig") ?? field(root, "archiveSize");
    if (storage !== undefined)
      out.note(storage, "storageConfig and archiveSize", "remove them: imgsync copies from registry to registry");
  },
};

function noteTarget(image: Node, out: Collector): void {
  for (const key of ["targetRepo", "targetTag"]) {
    const node = field(image, key);
    const isUsed = key === "targetTag" && textAt(image, "name")?.includes("@") === true;
    if (node !== undefined && !isUsed)
      out.lose(node, `${key}, which is not applied here`, "change target or to in the entry");
  }
}

function noteBlocked(blocked: Node | undefined, out: Collector): void {
  if (blocked === undefined) return;
  out.note(
    blocked,
    "blockedImages that are patterns",
    "remove the entries that they match; exact names are left out already",
  );
}
