import type { Node } from "../../manifest/parse/nodes.ts";
import type { Collector } from "../items/collect.ts";
import { entriesOf, field, hasKeys, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { Format } from "./format.ts";

/**
 * Zarf's packages: `images` of their components. Facts from src/api, src/config/config.go and src/pkg/packager/load at zarf-dev/zarf f5f193d
 * (v0.84.0): a package is for one architecture, and a component with another one is left out.
 */
export const zarf: Format = {
  name: "zarf",
  title: "Zarf",
  needsTarget: true,
  recognises: ({ documents: [root] }) =>
    textAt(root, "kind")?.startsWith("Zarf") === true && hasKeys(root, "components"),
  read: ({ documents: [root] }, out) => {
    const architecture = textAt(root, "metadata", "architecture");
    const components = itemsOf(field(root, "components"));
    if (architecture === undefined && components.some((component) => hasKeys(component, "images")))
      out.note(
        components[0] ?? { file: "", line: 1 },
        "that zarf packages only the architecture of the machine",
        "add platforms: [linux/amd64] to copy less; all platforms are copied here",
      );
    for (const component of components) {
      // `selector` in v1beta1
      const only = field(component, "only") ?? field(component, "selector");
      const own = textAt(only, "cluster", "architecture") ?? textAt(only, "architecture");
      if (only !== undefined && architecture !== undefined && own !== undefined && own !== architecture) {
        out.note(only, `a component for ${own}, which zarf leaves out`, "change the architecture of the package");
        continue;
      }
      if (only !== undefined && textAt(only, "flavor") !== undefined)
        out.note(only, "that a component is for one flavor", "remove the images of the flavors that you do not use");
      readImages(component, own ?? architecture, out);
      const imported = field(component, "import");
      if (imported !== undefined)
        out.lose(imported, "the images of an imported component", "import its zarf.yaml too, with the same --target");
      for (const [key, node] of entriesOf(component)) {
        if (["charts", "manifests", "files", "repos", "repositories", "dataInjections"].includes(key)) {
          out.note(node, `${key} of a component`, "keep them in zarf; imgsync copies images only");
        }
      }
    }
  },
};

function readImages(component: Node, architecture: string | undefined, out: Collector): void {
  const settings = architecture === undefined ? {} : { platforms: [`linux/${architecture}`] };
  for (const image of itemsOf(field(component, "images"))) {
    if (textAt(image, "source") === "daemon") {
      out.lose(image, "an image of the local docker", "write an entry with source: docker-daemon:NAME");
      continue;
    }
    // a template of zarf is a variable here
    const text = (textOf(image) ?? textAt(image, "name") ?? "")
      .replaceAll(/###ZARF_PKG_(?:TMPL|VAR)_(\w+?)###/g, "${$1}")
      .replaceAll("###ZARF_PKG_ARCH###", architecture ?? "${ZARF_PKG_ARCH}");
    out.addImage(text, out.placeOf(image), { settings });
  }
  const archives = field(component, "imageArchives");
  if (archives !== undefined)
    out.lose(archives, "the images in archives", "unpack each archive, and write an entry with source: oci:FOLDER");
}
