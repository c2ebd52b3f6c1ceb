import type { Node } from "../../manifest/parse/nodes.ts";
import { entriesOf, field, textAt, textOf } from "../items/fields.ts";

/** A name of an image in YAML. */
export type FoundImage = { readonly node: Node; readonly text: string };

/**
 * Returns the images below a node: the text of each key `image`, and `{ registry, repository, tag, digest }` below it, as values of charts
 * and custom resources have it.
 */
export function findImages(node: Node): readonly FoundImage[] {
  if (node.kind === "list") return node.items.flatMap(findImages);
  return entriesOf(node).flatMap(([key, value]) => {
    if (key !== "image") return findImages(value);
    const text = textOf(value) ?? nameOf(value);
    return text === undefined ? findImages(value) : [{ node: value, text }];
  });
}

function nameOf(image: Node): string | undefined {
  // a volume of Kubernetes has its image there
  const reference = textAt(image, "reference");
  if (reference !== undefined) return reference;
  const repository = textAt(image, "repository");
  if (repository === undefined) return undefined;
  const [registry, tag, digest] = ["registry", "tag", "digest"].map((key) => textOf(field(image, key)));
  return [
    registry === undefined ? "" : `${registry}/`,
    repository,
    tag === undefined ? "" : `:${tag}`,
    digest === undefined ? "" : `@${digest}`,
  ].join("");
}
