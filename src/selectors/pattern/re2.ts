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

/** The classes of `[[:digit:]]`, by name. */
const POSIX: ReadonlyMap<string, CharacterTest> = new Map(
  Object.entries({
    alnum: /[0-9A-Za-z]/,
    alpha: /[A-Za-z]/,
    digit: /[0-9]/,
    lower: /[a-z]/,
    punct: /[!-/:-@[-`{-~]/,
    space: /[\t\n\v\f\r ]/,
    upper: /[A-Z]/,
    word: /\w/,
    xdigit: /[0-9A-Fa-f]/,
  }).map(([name, set]) => [name, (code) => set.test(String.fromCodePoint(code))]),
);

/**
 * Compiles the part of RE2's syntax that is common for tags: characters, classes, groups, alternatives, counts and anchors. Returns
 * undefined for anything else, whose meaning must not be guessed.
 */
export function compileRe2(pattern: string): Matcher | undefined {
  return compile(pattern, false);
}

/** Like {@link compileRe2}, for patterns that are certainly Go's: also named groups, flags, POSIX classes, and the anchors \A, \z and \b. */
export function compileGoPattern(pattern: string): Matcher | undefined {
  return compile(pattern, true);
}

function compile(pattern: string, isGo: boolean): Matcher | undefined {
  if (pattern.length > MAX_LENGTH) return undefined;
  const reader: Reader = { text: pattern, at: 0, isGo, ignoresCase: false };
  const node = readChoice(reader, 0);
  return node === undefined || reader.at < pattern.length ? undefined : createMatcher(node);
}

/** `ignoresCase`: the flag `i` applies here. */
type Reader = { readonly text: string; at: number; readonly isGo: boolean; ignoresCase: boolean };

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
  if (take(reader, "(")) return readGroup(reader, depth);
  if (take(reader, "^") || takeGo(reader, "\\A")) return { kind: "begin" };
  if (take(reader, "$") || takeGo(reader, "\\z")) return { kind: "end" };
  if (takeGo(reader, "\\b")) return { kind: "word-boundary", isNegated: false };
  if (takeGo(reader, "\\B")) return { kind: "word-boundary", isNegated: true };
  if (take(reader, ".")) return { kind: "set", has: () => true };
  if (take(reader, "[")) return readClass(reader);
  if ("*+?{".includes(peek(reader))) return undefined;
  const read = readCharacter(reader);
  if (read === undefined) return undefined;
  if (typeof read !== "number") return { kind: "set", has: read };
  const other = otherCase(read);
  if (!reader.ignoresCase || other === read) return { kind: "character", code: read };
  return { kind: "set", has: (code) => code === read || code === other };
}

const GROUP = /^\?(?:P?<[A-Za-z_]\w*>|([imsU]*(?:-[imsU]+)?)([:)]))/;

/** Reads a group after its parenthesis. Flags apply until the group around them ends, or to their own group. */
function readGroup(reader: Reader, depth: number): Node | undefined {
  const outer = reader.ignoresCase;
  if (peek(reader) === "?") {
    const found = GROUP.exec(reader.text.slice(reader.at));
    if (found === null || (!reader.isGo && found[0] !== "?:")) return undefined;
    const [whole, flags = "", end] = found;
    const [on = "", off = ""] = flags.split("-");
    // ^ and $ would match at line ends, and tags are one line
    if (on.includes("i")) reader.ignoresCase = true;
    if (off.includes("i")) reader.ignoresCase = false;
    reader.at += whole.length;
    if (end === ")") return flags === "" ? undefined : { kind: "sequence", nodes: [] };
  }
  const node = readChoice(reader, depth + 1);
  reader.ignoresCase = outer;
  return take(reader, ")") ? node : undefined;
}

function otherCase(code: number): number {
  if (code >= 65 && code <= 90) return code + 32;
  return code >= 97 && code <= 122 ? code - 32 : code;
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
    const named = /^\[:(\^?)([a-z]+):\]/.exec(reader.text.slice(reader.at));
    const posix = POSIX.get(named?.[2] ?? "");
    if (reader.isGo && named !== null && posix !== undefined) {
      reader.at += named[0].length;
      tests.push((code) => posix(code) !== (named[1] === "^"));
      continue;
    }
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
  const { ignoresCase } = reader;
  const has: CharacterTest = (code) =>
    tests.some((one) => one(code) || (ignoresCase && one(otherCase(code)))) !== isNegated;
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

function takeGo(reader: Reader, text: string): boolean {
  return reader.isGo && take(reader, text);
}

function take(reader: Reader, text: string): boolean {
  if (!reader.text.startsWith(text, reader.at)) return false;
  reader.at += text.length;
  return true;
}
