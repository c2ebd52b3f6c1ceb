import { entriesOf, field, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { Node } from "../../manifest/parse/nodes.ts";
import { type Collector, noteOtherKeys } from "../items/collect.ts";
import type { ItemSettings } from "../items/foreign-file.ts";
import { isHostLike } from "../../model/reference.ts";
import { compileGoRegex } from "../selection/go-regex.ts";
import type { Format } from "./format.ts";

const OTHERS: Readonly<Record<string, string>> = {
  platform: "keep using oc-mirror for releases of OpenShift",
  operators: "keep using oc-mirror for operators",
  helm: "list the images of the charts as entries",
  samples: "list the images as entries",
};

/**
 * oc-mirror's ImageSetConfiguration: its additionalImages. Facts from internal/pkg/additional, internal/pkg/image and internal/pkg/cli at
 * openshift/oc-mirror 855b64a, and v1/pkg/cli/mirror there: a blocked image is an expression that matches any part of a name.
 */
export const ocMirror: Format = {
  name: "oc-mirror",
  title: "oc-mirror",
  needsTarget: true,
  recognises: ({ documents: [root] }) => textAt(root, "kind") === "ImageSetConfiguration",
  read: ({ documents: [root], placeOf }, out) => {
    const mirror = field(root, "mirror");
    const isBlocked = readBlocked(itemsOf(field(mirror, "blockedImages")), out);
    for (const image of itemsOf(field(mirror, "additionalImages"))) {
      const name = (textAt(image, "name") ?? "").replace(/^docker:\/\//, "");
      if (isBlocked(name)) continue;
      if (name.startsWith("oci://")) {
        out.lose(image, "an image in an OCI layout", "write its folder as source: oci:FOLDER");
        continue;
      }
      noteTarget(image, out);
      notePath(name, image, out);
      noteOtherKeys(image, ["name", "targetRepo", "targetTag", "platforms"], out);
      const tag = textAt(image, "targetTag");
      // the digest is read, and the tag beside it is only the name at the target
      const source = tag === undefined ? name : name.replace(/:[^:/@]+@/, "@");
      out.addImage(source, placeOf(image), { name: tag, settings: platformsOf(image, out) });
    }
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

function platformsOf(image: Node, out: Collector): ItemSettings {
  const platforms = itemsOf(field(image, "platforms")).flatMap((one) => {
    const [os, architecture] = [textAt(one, "os"), textAt(one, "architecture")];
    if (os !== undefined && architecture !== undefined) return `${os}/${architecture}`;
    out.lose(one, "a platform without os or architecture", "write platforms: [OS/ARCHITECTURE] in the entry");
    return [];
  });
  return platforms.length === 0 ? {} : { platforms };
}

/** oc-mirror takes the first part of a name for its host, and the registry client does not: `bitnami/redis` becomes `redis` at the target. */
function notePath(name: string, image: Node, out: Collector): void {
  const [first = "", ...rest] = name.split("/");
  if (rest.length > 0 && isHostLike(first)) return;
  out.note(
    image,
    "the path of a name without a host, of which oc-mirror uses only what follows the first slash",
    "change target in the entry to keep the path that it had",
  );
}

function readBlocked(blocked: readonly Node[], out: Collector): (name: string) => boolean {
  const tests = blocked.flatMap((node) => {
    const matches = compileGoRegex({ text: textAt(node, "name") ?? textOf(node) ?? "" });
    if (matches === undefined)
      out.lose(node, "a blocked image whose expression is not known here", "remove the entries that it matches");
    return matches ?? [];
  });
  return (name) => tests.some((matches) => matches(name));
}
