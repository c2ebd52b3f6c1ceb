import { createMatcher, type Matcher } from "./match.ts";
import type { CharacterTest, Node } from "./node.ts";

const MAX_LENGTH = 500;
const MAX_COUNT = 200;
const MAX_DEPTH = 20;

const isDigit: CharacterTest = (code) => code >= 48 && code <= 57;
const isWord: CharacterTest = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace: CharacterTest = (code) => code === 32 || (code >= 9 && code <= 13 && code !== 11);
const SHORTHANDS: ReadonlyMap<string, CharacterTest> = new Map([
  ["d", isDigit],
  ["w", isWord],
  ["s", isSpace],
  ["D", (code) => !isDigit(code)],
  ["W", (code) => !isWord(code)],
  ["S", (code) => !isSpace(code)],
]);

/**
 * Compiles the part of RE2's syntax that is common for tags: characters, classes, groups, alternatives, counts and anchors. Returns
 * undefined for anything else, whose meaning must not be guessed.
 */
export function compileRe2(pattern: string): Matcher | undefined {
  if (pattern.length > MAX_LENGTH) return undefined;
  const reader: Reader = { text: pattern, at: 0 };
  const node = readChoice(reader, 0);
  return node === undefined || reader.at < pattern.length ? undefined : createMatcher(node);
}

type Reader = { readonly text: string; at: number };

function readChoice(reader: Reader, depth: number): Node | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const nodes: Node[] = [];
  do {
    const node = readSequence(reader, depth);
    if (node === undefined) return undefined;
    nodes.push(node);
  } while (take(reader, "|"));
  return { kind: "choice", nodes };
}

function readSequence(reader: Reader, depth: number): Node | undefined {
  const nodes: Node[] = [];
  while (reader.at < reader.text.length && !"|)".includes(peek(reader))) {
    const atom = readAtom(reader, depth);
    const node = atom === undefined ? undefined : readCount(reader, atom);
    if (node === undefined) return undefined;
    nodes.push(node);
  }
  return { kind: "sequence", nodes };
}

function readAtom(reader: Reader, depth: number): Node | undefined {
  if (take(reader, "(")) {
    if (peek(reader) === "?" && !take(reader, "?:")) return undefined;
    const node = readChoice(reader, depth + 1);
    return take(reader, ")") ? node : undefined;
  }
  if (take(reader, "^")) return { kind: "begin" };
  if (take(reader, "$")) return { kind: "end" };
  if (take(reader, ".")) return { kind: "set", has: () => true };
  if (take(reader, "[")) return readClass(reader);
  if ("*+?{".includes(peek(reader))) return undefined;
  const read = readCharacter(reader);
  if (read === undefined) return undefined;
  return typeof read === "number" ? { kind: "character", code: read } : { kind: "set", has: read };
}

/** A character code, or the test of a shorthand such as `\d`. */
function readCharacter(reader: Reader): number | CharacterTest | undefined {
  const isEscaped = take(reader, "\\");
  const code = reader.text.codePointAt(reader.at);
  if (code === undefined) return undefined;
  const character = String.fromCodePoint(code);
  reader.at += character.length;
  if (!isEscaped) return code;
  return SHORTHANDS.get(character) ?? (/[A-Za-z0-9]/.test(character) ? undefined : code);
}

function readClass(reader: Reader): Node | undefined {
  const isNegated = take(reader, "^");
  const tests: CharacterTest[] = [];
  for (let isFirst = true; isFirst || peek(reader) !== "]"; isFirst = false) {
    if (peek(reader) === "[") return undefined;
    const from = readCharacter(reader);
    if (from === undefined) return undefined;
    const isRange = peek(reader) === "-" && reader.text[reader.at + 1] !== "]" && typeof from === "number";
    if (isRange) reader.at += 1;
    const to = isRange ? readCharacter(reader) : from;
    if (typeof from !== "number") tests.push(from);
    else if (typeof to !== "number" || to < from) return undefined;
    else tests.push((code) => code >= from && code <= to);
  }
  reader.at += 1;
  const has: CharacterTest = (code) => tests.some((one) => one(code)) !== isNegated;
  return { kind: "set", has };
}

function readCount(reader: Reader, node: Node): Node | undefined {
  const match = /^(?:[*+?]|\{([0-9]{1,3})(?:(,)([0-9]{1,3})?)?\})\??/.exec(reader.text.slice(reader.at));
  if (match === null) return peek(reader) === "{" ? undefined : node;
  reader.at += match[0].length;
  if ("*+?{".includes(peek(reader)) && peek(reader) !== "") return undefined;
  const [sign = "", least, comma, most] = match;
  if (sign.startsWith("*")) return { kind: "repeat", node, min: 0, max: Infinity };
  if (sign.startsWith("+")) return { kind: "repeat", node, min: 1, max: Infinity };
  if (sign.startsWith("?")) return { kind: "repeat", node, min: 0, max: 1 };
  const min = Number(least);
  const max = comma === undefined ? min : most === undefined ? Infinity : Number(most);
  const isSensible = min <= MAX_COUNT && (max === Infinity || (max >= min && max <= MAX_COUNT));
  return isSensible ? { kind: "repeat", node, min, max } : undefined;
}

/** Empty at the end. */
function peek({ text, at }: Reader): string {
  return text[at] ?? "";
}

function take(reader: Reader, text: string): boolean {
  if (!reader.text.startsWith(text, reader.at)) return false;
  reader.at += text.length;
  return true;
}
