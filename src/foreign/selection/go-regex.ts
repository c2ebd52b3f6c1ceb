import { isTag } from "../../model/reference.ts";
import { findForeignSyntax } from "../../selectors/foreign-regex.ts";
import { compileGoPattern } from "../../selectors/pattern/re2.ts";
import { regexProblem } from "../../selectors/regex.ts";
import type { GoRegex } from "../items/foreign-file.ts";

/** Compiles an expression as its own tool does. Undefined: its syntax is not known here. */
export function compileGoRegex({ text, isNegated }: GoRegex): ((tag: string) => boolean) | undefined {
  const matcher = compileGoPattern(text);
  if (matcher === undefined) return undefined;
  return isNegated === true ? (tag) => !matcher.part(tag) : matcher.part;
}

/** A Go expression in the form of images.yaml, which has to match the whole tag. */
export type WholePattern = {
  /** JavaScript's syntax. Alternatives at the top level are possible. */
  readonly pattern: string;
  /** The only tag that it matches. */
  readonly tag?: string;
  /** The tag that its author meant, if unescaped dots are read as dots. */
  readonly meantTag?: string;
};

/** Converts an expression that may match any part of the tag, regardless of its negation. Undefined: there is no equivalent. */
export function wholePattern({ text, isInList }: GoRegex): WholePattern | undefined {
  const anchored = withPlainAnchors(text);
  const foreign = findForeignSyntax(anchored);
  const javascript = foreign === undefined ? anchored : foreign.translation;
  if (javascript === undefined) return undefined;
  const pattern = alternativesOf(javascript).map(wholeAlternative).join("|");
  const tag = literalOf(pattern, /^(?:[\w-]|\\\.)+$/);
  if (tag !== undefined) return { pattern, tag };
  const meantTag = isInList !== true ? undefined : literalOf(pattern, /^(?:[\w-]|\\?\.)+$/);
  return meantTag === undefined ? { pattern } : { pattern, meantTag };
}

/** Whether images.yaml accepts a pattern: it may be too long or too large. */
export function isFit(pattern: string): boolean {
  return regexProblem(pattern) === undefined;
}

/** Returns the alternatives at the top level: `a|(b|c)` has two, and so has `(a|b)`. */
export function alternativesOf(pattern: string): readonly string[] {
  const found = divided(pattern);
  // a group of all, unless it is two of them: `(a)(b)`
  const inner = found.length === 1 ? /^\((?:\?:|(?!\?))([\s\S]*)\)$/.exec(pattern)?.[1] : undefined;
  return inner === undefined || !isBalanced(inner) ? found : alternativesOf(inner);
}

function divided(pattern: string): readonly string[] {
  const ends = structureOf(pattern).flatMap(({ sign, depth, at }) => (sign === "|" && depth === 0 ? [at] : []));
  return [...ends, pattern.length].map((end, index) => pattern.slice((ends[index - 1] ?? -1) + 1, end));
}

function isBalanced(pattern: string): boolean {
  return structureOf(pattern).every(({ sign, depth }) => sign !== ")" || depth > 0);
}

type Structure = { readonly sign: string; readonly at: number; readonly depth: number };

/** Returns the parentheses and bars of a pattern, with the number of groups around each. */
function structureOf(pattern: string): readonly Structure[] {
  const found: Structure[] = [];
  let [depth, isInClass] = [0, false];
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern.charAt(at);
    if (sign === "\\") at += 1;
    else if (isInClass) isInClass = sign !== "]";
    else if (sign === "[") isInClass = true;
    else if (sign === "(" || sign === ")" || sign === "|") {
      found.push({ sign, at, depth });
      if (sign !== "|") depth += sign === "(" ? 1 : -1;
    }
  }
  return found;
}

/** `\A` and `\z` would be dropped as redundant, and here they are not. */
function withPlainAnchors(text: string): string {
  return text.replaceAll(/\\[\s\S]/g, (escape) => (escape === "\\A" ? "^" : escape === "\\z" ? "$" : escape));
}

function wholeAlternative(text: string): string {
  const begin = /^\^+/.exec(text)?.[0] ?? "";
  const rest = text.slice(begin.length);
  const end = endAnchors(rest);
  const inner = rest.slice(0, rest.length - end.length);
  const before = begin !== "" || inner.startsWith(".*") ? "" : ".*";
  const after = end !== "" || /(?:^|[^\\])\.\*$/.test(inner) ? "" : ".*";
  return inner === "" && before !== "" && after !== "" ? ".*" : `${before}${inner}${after}`;
}

/** The `$` at the end, unless it is escaped. */
function endAnchors(text: string): string {
  const [, escapes = "", end = ""] = /(\\*)(\$*)$/.exec(text) ?? [];
  return escapes.length % 2 === 0 ? end : end.slice(1);
}

function literalOf(pattern: string, form: RegExp): string | undefined {
  const text = pattern.replaceAll("\\", "");
  return form.test(pattern) && isTag(text) ? text : undefined;
}
