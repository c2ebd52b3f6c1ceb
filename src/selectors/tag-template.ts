import { type Digest, digestOf } from "../model/digest.ts";
import { isDigestTag, isTag, type ReferenceProblem, tagProblem } from "../model/reference.ts";
import { nearest } from "../text/nearest.ts";
import { matchWhole } from "./pattern/match.ts";
import { type CharacterTest, literal, type Node, sequence } from "./pattern/node.ts";

/** The parts of a tag that depends on the image: `{tag}-{date}-{digest:8}`. */
export type TagTemplate = readonly TemplatePart[];

export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "tag" }
  /** The build date of the image. */
  | { readonly kind: "date" }
  /** The first `length` digits of the digest. */
  | { readonly kind: "digest"; readonly length: number };

/** The values of the placeholders. Values that the template does not use may be omitted. */
export type TemplateValues = { readonly tag?: string; readonly date?: Date; readonly digest?: Digest };

const PLACEHOLDERS = ["tag", "date", "digest:8"] as const;
/** Fewer digits would soon collide between images; a sha256 digest has 64. */
const [MIN_DIGITS, MAX_DIGITS] = [6, 64] as const;
const SAMPLE = { tag: "tag", date: new Date(0), digest: digestOf("") };

/** Whether a text is a template: tags have no braces. */
export function isTemplate(text: string): boolean {
  return /[{}]/.test(text);
}

/** Returns the parts of a template, or why it is not valid. */
export function parseTemplate(text: string): TagTemplate | ReferenceProblem {
  const parts: TemplatePart[] = [];
  for (const piece of text.match(/\{[^{}]*\}|[^{}]+|[{}]/g) ?? []) {
    const part = piece.length > 1 && piece.startsWith("{") ? readPlaceholder(piece) : readText(piece, text);
    if ("problem" in part) return part;
    parts.push(part);
  }
  return parts;
}

/** Returns why the tags of a template are not valid. Checks one sample, because all tags of one source tag have the same length. */
export function templateProblem(template: TagTemplate): ReferenceProblem | undefined {
  const sample = fillTemplate(template, SAMPLE);
  if (!isTag(sample)) return tagProblem(sample);
  if (!isDigestTag(sample)) return undefined;
  return {
    problem: `"${sample}" is a tag that stands for a digest`,
    hint: "signatures are found by such tags: add a prefix",
  };
}

export function fillTemplate(template: TagTemplate, values: TemplateValues): string {
  return template.map((part) => fillPart(part, values)).join("");
}

export function hasPlaceholder(template: TagTemplate, kind: TemplatePart["kind"]): boolean {
  return template.some((part) => part.kind === kind);
}

/** Returns a test for the tags that a template could have created, for any image and date except for the given values. */
export function templateShape(template: TagTemplate, values: TemplateValues = {}): (tag: string) => boolean {
  return matchWhole(sequence(...template.map((part) => shapeOf(part, values))));
}

/** Replaces {tag} in a template. */
export function fillTag(text: string, tag: string): string {
  return text.replaceAll("{tag}", tag);
}

/** Returns the tag from which a template of {tag} and fixed text creates `filled`; undefined if there is none or it is ambiguous. */
export function templateInverse(template: TagTemplate, filled: string): string | undefined {
  const places = template.flatMap(({ kind }, at) => (kind === "tag" ? [at] : []));
  const [place] = places;
  if (place === undefined || places.length > 1) return undefined;
  const fixed = template.filter(({ kind }) => kind !== "tag");
  if (fixed.some(({ kind }) => kind !== "text")) return undefined;
  const before = fillTemplate(template.slice(0, place), {});
  const after = fillTemplate(template.slice(place + 1), {});
  const length = filled.length - before.length - after.length;
  if (length < 1 || !filled.startsWith(before) || !filled.endsWith(after)) return undefined;
  return filled.slice(before.length, before.length + length);
}

/** Returns a glob that matches the tags of a template, and possibly more. */
export function templateGlob(template: TagTemplate): string {
  return template
    .map((part) => {
      if (part.kind === "text") return part.text;
      if (part.kind === "tag") return "*";
      return "?".repeat(part.kind === "date" ? "YYYYMMDD".length : part.length);
    })
    .join("");
}

/** Parses a template of the manifest, which is valid at this point. */
export function knownTemplate(text: string): TagTemplate {
  const template = parseTemplate(text);
  if ("problem" in template) throw new Error(`not a template: ${template.problem}`);
  return template;
}

function readText(piece: string, whole: string): TemplatePart | ReferenceProblem {
  if (piece === "{" || piece === "}") {
    return {
      problem: `"${whole}" has a "${piece}" without its other half`,
      hint: `placeholders are ${listed()}`,
    };
  }
  return { kind: "text", text: piece };
}

function readPlaceholder(piece: string): TemplatePart | ReferenceProblem {
  const name = piece.slice(1, -1);
  if (name === "tag" || name === "date") return { kind: name };
  const digits = /^digest:([0-9]{1,3})$/.exec(name)?.[1];
  const length = Number(digits);
  if (digits !== undefined && length >= MIN_DIGITS && length <= MAX_DIGITS) return { kind: "digest", length };
  if (name === "digest" || name.startsWith("digest:")) {
    return {
      problem: `"${piece}" does not say how many digits of the digest, ${MIN_DIGITS} to ${MAX_DIGITS}`,
      hint: "write {digest:8}",
    };
  }
  const meant = nearest(name, PLACEHOLDERS) ?? nearest(name.replace(/:.*$/, ""), ["digest"]);
  return {
    problem: `"${piece}" is not a known placeholder`,
    hint:
      meant === undefined
        ? `placeholders are ${listed()}`
        : `did you mean {${meant === "digest" ? "digest:8" : meant}}?`,
  };
}

function listed(): string {
  return PLACEHOLDERS.map((name) => `{${name}}`).join(", ");
}

function fillPart(part: TemplatePart, { tag, date, digest }: TemplateValues): string {
  if (part.kind === "text") return part.text;
  if (part.kind === "tag" && tag !== undefined) return tag;
  if (part.kind === "date" && date !== undefined) return date.toISOString().slice(0, 10).replaceAll("-", "");
  if (part.kind === "digest" && digest !== undefined) return digitsOf(digest).slice(0, part.length);
  throw new Error(`a template without its ${part.kind}`);
}

function shapeOf(part: TemplatePart, values: TemplateValues): Node {
  if (part.kind === "text") return literal(part.text);
  if (values[part.kind] !== undefined) return literal(fillPart(part, values));
  if (part.kind === "tag") return repeat(() => true, 1, Infinity);
  return part.kind === "date" ? repeat(isDigit, 8, 8) : repeat(isHexDigit, part.length, part.length);
}

function repeat(has: CharacterTest, min: number, max: number): Node {
  return { kind: "repeat", node: { kind: "set", has }, min, max };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 102);
}

function digitsOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}
