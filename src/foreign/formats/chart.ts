import type { Place } from "../../model/foreign.ts";
import type { Node } from "../../manifest/parse/nodes.ts";
import { entriesOf, field, hasKeys, itemsOf, textAt, textOf } from "../items/fields.ts";
import { readForeignText } from "../items/read-file.ts";
import type { Format } from "./format.ts";

const ANNOTATIONS: ReadonlySet<string> = new Set(["artifacthub.io/images", "helm.sh/images"]);

/** A chart's Chart.yaml: the images in its annotation `artifacthub.io/images`, a list in YAML of its own. `condition` is of Helm's proposal 15. */
export const chart: Format = {
  name: "chart",
  title: "Helm chart annotations",
  needsTarget: true,
  recognises: ({ documents: [root] }) =>
    hasKeys(root, "name", "version") && entriesOf(field(root, "annotations")).some(([key]) => ANNOTATIONS.has(key)),
  read: ({ documents: [root], file, placeOf }, out) => {
    for (const [key, annotation] of entriesOf(field(root, "annotations"))) {
      if (!ANNOTATIONS.has(key)) continue;
      const at = placeOf(annotation);
      const inner = readForeignText(textOf(annotation) ?? "", file);
      if (inner.problem !== undefined) out.lose(at, `${key}, which is not valid YAML`, "correct it, and import again");
      // the list starts on the line after the mark of the block
      const place = (node: Node): Place => ({ file, line: at.line + inner.placeOf(node).line });
      for (const item of itemsOf(inner.documents[0])) {
        const platforms = itemsOf(field(item, "platforms")).flatMap((node) => textOf(node) ?? []);
        const condition = field(item, "condition");
        if (condition !== undefined)
          out.note(
            place(condition),
            "that a value of the chart decides whether an image is used",
            "remove it if it is not",
          );
        out.addImage(textAt(item, "image") ?? textOf(item) ?? "", place(item), {
          settings: platforms.length === 0 ? {} : { platforms },
        });
      }
    }
  },
};
