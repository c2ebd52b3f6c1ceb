import type { LiteralMapping, SelectorMapping } from "../model/sync-manifest.ts";
import { maySelect } from "./select.ts";
import {
  fillTag,
  hasPlaceholder,
  knownTemplate,
  type TagTemplate,
  templateInverse,
  templateShape,
} from "./tag-template.ts";

/** What a selector wants of one tag that it chose: under its own name, or under those that `to` gives it. */
export function literalFor({ position, to }: SelectorMapping, tag: string): LiteralMapping {
  if (to === undefined)
    return { kind: "literal", position, from: { tag }, to: [tag], isLatestImplied: false, isChosen: true };
  const filled = to.map((text) => ({ text: fillTag(text, tag), isWhole: isCertain(knownTemplate(text)) }));
  const templates = filled.filter(({ isWhole }) => !isWhole).map(({ text }) => text);
  return {
    kind: "literal",
    position,
    from: { tag },
    to: filled.filter(({ isWhole }) => isWhole).map(({ text }) => text),
    ...(templates.length === 0 ? {} : { templates }),
    isLatestImplied: false,
    isChosen: true,
  };
}

/** The source tags that a target tag could have been made of, by the names that are known without the image. Whether they are selected is another question. */
export function sourceTagsOf({ to = ["{tag}"] }: SelectorMapping, target: string): readonly string[] {
  const found = to.map(knownTemplate).flatMap((template) => {
    const tag = templateInverse(template, target);
    return tag === undefined ? [] : [tag];
  });
  return [...new Set(found)];
}

/** Which target tags may have been named after an image: of those nobody knows whose they are. */
export function unownedShapes({ to = [] }: SelectorMapping): readonly ((tag: string) => boolean)[] {
  return to
    .map(knownTemplate)
    .filter((template) => !isInvertible(template))
    .map((template) => templateShape(template));
}

/** Whether a selector may make a target tag, as far as that can be said without the other tags and the images. */
export function mayMake(mapping: SelectorMapping, target: string): boolean {
  return (
    sourceTagsOf(mapping, target).some((tag) => maySelect(mapping, tag)) ||
    unownedShapes(mapping).some((isOf) => isOf(target))
  );
}

/** Whether its names say which tag they were made of: {tag} stands there once, beside fixed text. */
function isInvertible(template: TagTemplate): boolean {
  return isCertain(template) && template.filter(({ kind }) => kind === "tag").length === 1;
}

/** Whether the names of a template are known without the image. */
function isCertain(template: TagTemplate): boolean {
  return !hasPlaceholder(template, "date") && !hasPlaceholder(template, "digest");
}
