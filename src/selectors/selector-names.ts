import type { LiteralMapping, SelectorMapping, TagMapping } from "../model/sync-manifest.ts";
import { compileSelector } from "./select.ts";
import {
  fillTag,
  hasPlaceholder,
  knownTemplate,
  type TagTemplate,
  templateInverse,
  templateShape,
} from "./tag-template.ts";
import { defined } from "../model/defined.ts";

/** Returns the mapping of one chosen tag: to its own name, or to those that `to` gives it. */
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
    ...defined({ templates: templates.length === 0 ? undefined : templates }),
    isLatestImplied: false,
    isChosen: true,
  };
}

/**
 * Returns the source tags from which a target tag could have been created, for names that do not depend on the image. Does not check
 * whether the selector chooses them.
 */
export function sourceTagsOf({ to = ["{tag}"] }: SelectorMapping, target: string): readonly string[] {
  const found = to.map(knownTemplate).flatMap((template) => {
    const tag = templateInverse(template, target);
    return tag === undefined ? [] : [tag];
  });
  return [...new Set(found)];
}

/** Returns tests for target tags that may be named after an image, and so have no known source tag. */
export function unownedShapes({ to = [] }: SelectorMapping): readonly ((tag: string) => boolean)[] {
  return to
    .map(knownTemplate)
    .filter((template) => !isInvertible(template))
    .map((template) => templateShape(template));
}

/** Whether a mapping may name a target tag, regardless of the other tags and the images. */
export type MayName = (mapping: TagMapping, target: string) => boolean;

/** Creates a {@link MayName} that compiles each mapping once, when it is first needed. */
export function createMayName(): MayName {
  const compiled = new Map<TagMapping, (target: string) => boolean>();
  return (mapping, target) => {
    const mayName = compiled.get(mapping) ?? compileNames(mapping);
    compiled.set(mapping, mayName);
    return mayName(target);
  };
}

function compileNames(mapping: TagMapping): (target: string) => boolean {
  if (mapping.kind === "literal") {
    const shapes = (mapping.templates ?? []).map((text) => templateShape(knownTemplate(text)));
    return (target) => mapping.to.includes(target) || shapes.some((isOf) => isOf(target));
  }
  const maySelect = compileSelector(mapping);
  const shapes = unownedShapes(mapping);
  return (target) => sourceTagsOf(mapping, target).some(maySelect) || shapes.some((isOf) => isOf(target));
}

/** Whether the source tag follows from the name: a single {tag} beside fixed text. */
function isInvertible(template: TagTemplate): boolean {
  return isCertain(template) && template.filter(({ kind }) => kind === "tag").length === 1;
}

/** Whether the names of a template do not depend on the image. */
function isCertain(template: TagTemplate): boolean {
  return !hasPlaceholder(template, "date") && !hasPlaceholder(template, "digest");
}
