import { entriesOf, field, hasKeys, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { Format } from "./format.ts";

/** Zarf's packages: `images` of their components. */
export const zarf: Format = {
  name: "zarf",
  title: "Zarf",
  needsTarget: true,
  recognises: ({ documents: [root] }) =>
    textAt(root, "kind")?.startsWith("Zarf") === true && hasKeys(root, "components"),
  read: ({ documents: [root], placeOf }, out) => {
    const architecture = textAt(root, "metadata", "architecture");
    const settings = architecture === undefined ? {} : { platforms: [`linux/${architecture}`] };
    for (const component of itemsOf(field(root, "components"))) {
      for (const image of itemsOf(field(component, "images"))) {
        // a template of zarf is a variable here
        const text = (textOf(image) ?? "").replaceAll(/###ZARF_PKG_TMPL_(\w+?)###/g, "${$1}");
        out.addImage(text, placeOf(image), { settings });
      }
      const imported = field(component, "import");
      if (imported !== undefined)
        out.lose(imported, "the images of an imported component", "import its zarf.yaml too, with the same --target");
      for (const [key, node] of entriesOf(component)) {
        if (["charts", "manifests", "files", "repos", "dataInjections"].includes(key)) {
          out.note(node, `${key} of a component`, "keep them in zarf; imgsync copies images only");
        }
      }
    }
  },
};
