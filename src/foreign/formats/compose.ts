import { entriesOf, field, hasKeys, textAt, textOf } from "../items/fields.ts";
import type { Format } from "./format.ts";

/** Docker Compose: the images of its services. */
export const compose: Format = {
  name: "compose",
  title: "Docker Compose",
  needsTarget: true,
  recognises: ({ documents: [root] }) =>
    entriesOf(field(root, "services")).some(([, service]) => hasKeys(service, "image") || hasKeys(service, "build")),
  read: ({ documents: [root], placeOf }, out) => {
    for (const [name, service] of entriesOf(field(root, "services"))) {
      const image = field(service, "image");
      const text = textOf(image);
      if (hasKeys(service, "build")) {
        out.note(
          service,
          `the image of ${name}, which is built here`,
          "push it with docker, or use source: docker-daemon:NAME",
        );
      } else if (text !== undefined && image !== undefined) {
        const platform = textAt(service, "platform");
        out.addImage(withPlainVariables(text), placeOf(image), {
          settings: platform === undefined ? {} : { platforms: [platform] },
        });
      }
    }
  },
};

/** `$NAME` and `${NAME:?message}` are `${NAME}` here: a variable without a value is an error. */
function withPlainVariables(text: string): string {
  return text.replaceAll(/\$\{([A-Za-z_]\w*):?\?[^{}]*\}/g, "${$1}").replaceAll(/(?<!\$)\$([A-Za-z_]\w*)/g, "${$1}");
}
