import type { Node } from "../../manifest/parse/nodes.ts";
import type { Collector } from "../items/collect.ts";
import { entriesOf, field, hasKeys, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { Format } from "./format.ts";

/**
 * Docker Compose: the images of its services, and of their volumes of type image. Facts from pkg/compose/pull.go at docker/compose 0015eb7,
 * pkg/compose/build.go of its version 5, and the reference of Compose files: an image that a service builds is not another one of that name.
 */
export const compose: Format = {
  name: "compose",
  title: "Docker Compose",
  needsTarget: true,
  readsAllDocuments: true,
  recognises: ({ documents: [root] }) =>
    entriesOf(field(root, "services")).some(([, service]) => hasKeys(service, "image") || hasKeys(service, "build")),
  read: ({ documents }, out) => {
    for (const root of documents) readFile(root, out);
  },
};

function readFile(root: Node, out: Collector): void {
  const include = field(root, "include");
  if (include !== undefined)
    out.lose(include, "the images of included files", "import these files too, with the same --target");
  const services = field(root, "services");
  const built = new Set(
    entriesOf(services).flatMap(([, service]) => (hasKeys(service, "build") ? (textAt(service, "image") ?? []) : [])),
  );
  for (const [name, service] of entriesOf(services)) {
    const extended = field(service, "extends");
    if (extended !== undefined && hasKeys(extended, "file") && !hasKeys(service, "image"))
      out.lose(extended, `the image of ${name}, which extends a service of another file`, "import that file too");
    readVolumes(service, services, out);
    const image = field(service, "image");
    const text = textOf(image);
    if (hasKeys(service, "build") || built.has(text ?? "")) {
      out.note(
        service,
        `the image of ${name}, which is built here`,
        "push it with docker, or use source: docker-daemon:NAME",
      );
    } else if (image !== undefined && textAt(service, "pull_policy") === "never") {
      out.lose(
        image,
        `the image of ${name}, which Compose never pulls`,
        "write an entry with source: docker-daemon:NAME",
      );
    } else if (text !== undefined && image !== undefined) {
      const platform = textAt(service, "platform");
      out.addImage(withPlainVariables(text), out.placeOf(image), {
        settings: platform === undefined ? {} : { platforms: [platform] },
      });
    }
  }
}

/** The source of a volume is an image, or a service whose image it is. */
function readVolumes(service: Node, services: Node | undefined, out: Collector): void {
  for (const volume of itemsOf(field(service, "volumes"))) {
    const source = field(volume, "source");
    const text = textOf(source);
    if (textAt(volume, "type") !== "image" || source === undefined || text === undefined) continue;
    if (!hasKeys(services, text)) out.addImage(withPlainVariables(text), out.placeOf(source));
  }
}

/** `$NAME` and `${NAME:?message}` are `${NAME}` here: a variable without a value is an error. */
function withPlainVariables(text: string): string {
  return text.replaceAll(/\$\{([A-Za-z_]\w*):?\?[^{}]*\}/g, "${$1}").replaceAll(/(?<!\$)\$([A-Za-z_]\w*)/g, "${$1}");
}
