import { defined } from "../model/defined.ts";
import { regexProblem } from "./regex.ts";

/** Go (RE2), PCRE or POSIX syntax in a pattern, and its JavaScript equivalent. */
export type ForeignSyntax = {
  /** As written, without duplicates: `(?i)`, `[:digit:]`. */
  readonly constructs: readonly string[];
  /** The whole pattern in JavaScript's syntax; undefined if there is no simple equivalent. */
  readonly translation?: string;
};

const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: " \\t",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\s",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9A-Fa-f",
};
const NEGATED_POSIX: Readonly<Record<string, string>> = { digit: "\\D", space: "\\S", word: "\\W" };
const POSIX_CLASS = /^\[:(\^?)([a-z]+):\]/;
const ESCAPES: Readonly<Record<string, string>> = {
  A: "",
  z: "",
  Z: "",
  G: "",
  E: "",
  a: "\\x07",
  e: "\\x1B",
};
const ESCAPES_OUTSIDE: Readonly<Record<string, string>> = {
  h: "[ \\t]",
  H: "[^ \\t]",
  R: "(?:\\r\\n|[\\r\\n])",
  N: ".",
};

type Piece = {
  /** The length in the pattern. */
  readonly length: number;
  /** In JavaScript's syntax; undefined if there is no equivalent. */
  readonly text: string | undefined;
  /** Set if JavaScript lacks the syntax or reads it differently. */
  readonly construct?: string;
};

type State = { ignoresCase: boolean };

/** Returns undefined if the pattern has no foreign syntax that is known here. */
export function findForeignSyntax(pattern: string): ForeignSyntax | undefined {
  const constructs = new Set<string>();
  const outer: boolean[] = [];
  const state: State = { ignoresCase: false };
  let translation: string | undefined = "";
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at);
    if (rest.startsWith("(")) outer.push(state.ignoresCase);
    if (rest.startsWith(")")) state.ignoresCase = outer.pop() ?? false;
    const piece = readPiece(rest, state);
    // flags for the rest, as in (?i), do not open a group
    if (rest.startsWith("(") && pattern[at + piece.length - 1] === ")") outer.pop();
    if (piece.construct !== undefined) constructs.add(piece.construct);
    if (piece.text === undefined) translation = undefined;
    else if (translation !== undefined) translation += piece.text;
    at += piece.length;
  }
  if (constructs.size === 0) return undefined;
  return {
    constructs: [...constructs],
    ...defined({
      translation: translation !== undefined && regexProblem(translation) === undefined ? translation : undefined,
    }),
  };
}

function readPiece(rest: string, state: State): Piece {
  const first = rest.charAt(0);
  if (first === "(") return readGroup(rest, state);
  if (first === "[") return readClass(rest, state);
  if (first === "\\") return readEscape(rest, false);
  if (/^(?:[*+?]|\{\d+(?:,\d*)?\})/.test(rest)) return readQuantifier(rest);
  const upTo = /^\{,(\d+)\}/.exec(rest);
  if (upTo !== null) return { length: upTo[0].length, text: `{0,${upTo[1]}}`, construct: upTo[0] };
  if (first === "{" || first === "}" || first === "]") return { length: 1, text: `\\${first}`, construct: first };
  return { length: 1, text: state.ignoresCase ? bothCases(first) : first };
}

function readQuantifier(rest: string): Piece {
  const [whole, quantifier = "", mode = ""] = /^([*+?]|\{\d+(?:,\d*)?\})([+?]?)/.exec(rest) ?? [""];
  const isPossessive = mode === "+";
  return {
    length: whole.length,
    text: isPossessive ? quantifier : whole,
    ...defined({ construct: isPossessive ? whole : undefined }),
  };
}

function readGroup(rest: string, state: State): Piece {
  const named = /^\(\?(?:P<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest);
  if (named !== null) return { length: named[0].length, text: `(?<${named[1] ?? named[2]}>`, construct: named[0] };
  const back = /^\(\?P=(\w+)\)/.exec(rest);
  if (back !== null) return { length: back[0].length, text: `\\k<${back[1]}>`, construct: back[0] };
  const comment = /^\(\?#[^)]*\)/.exec(rest)?.[0];
  if (comment !== undefined) return { length: comment.length, text: "", construct: "(?#" };
  if (rest.startsWith("(?>")) return { length: 3, text: "(?:", construct: "(?>" };
  const flags = /^\(\?([A-Za-z]*)(-[A-Za-z]+)?([:)])/.exec(rest);
  if (flags !== null && (flags[1] !== "" || flags[2] !== undefined)) return readFlags(flags, state);
  const own = /^\((?:\?(?:[:=!]|<[=!]|<[A-Za-z_$][\w$]*>))?(?![?*])/.exec(rest)?.[0];
  if (own !== undefined) return { length: own.length, text: own };
  const unknown = /^\([?*][^)]{0,20}/.exec(rest)?.[0] ?? "(";
  return { length: unknown.length, text: undefined, construct: unknown };
}

function readFlags([whole, on = "", off = "", end]: RegExpExecArray, state: State): Piece {
  if (on.includes("i")) state.ignoresCase = true;
  if (off.includes("i")) state.ignoresCase = false;
  // the other flags have no effect in a tag, which is one line; x would ignore blanks and is not supported
  const isKnown = /^[imsUuJn]*$/.test(`${on}${off.slice(1)}`);
  return { length: whole.length, text: isKnown ? (end === ":" ? "(?:" : "") : undefined, construct: whole };
}

function readEscape(rest: string, isInClass: boolean): Piece {
  const sign = rest.charAt(1);
  const quoted = /^\\Q([\s\S]*?)(?:\\E|$)/.exec(rest);
  if (quoted !== null) return { length: quoted[0].length, text: escapeAll(quoted[1] ?? ""), construct: "\\Q" };
  const other = readBraced(rest) ?? readReference(rest);
  if (other !== undefined) return other;
  if (/[dDsSwWbBfnrtvcxukpP0-9]/.test(sign) || sign === "")
    return { length: Math.min(2, rest.length), text: rest.slice(0, 2) };
  if (/[\^$\\.*+?()[\]{}|/]/.test(sign) || (isInClass && sign === "-")) return { length: 2, text: rest.slice(0, 2) };
  const construct = rest.slice(0, 2);
  if (!/[A-Za-z]/.test(sign)) return { length: 2, text: sign, construct };
  const text = ESCAPES[sign] ?? (isInClass ? (sign === "h" ? " \\t" : undefined) : ESCAPES_OUTSIDE[sign]);
  return { length: 2, text, construct };
}

/** `\x{41}`, `\pL`, `\p{Greek}`, `\p{^L}`, and octal numbers. */
function readBraced(rest: string): Piece | undefined {
  const hex = /^\\x\{([0-9A-Fa-f]{1,6})\}/.exec(rest);
  if (hex !== null) return { length: hex[0].length, text: `\\u{${hex[1]}}`, construct: hex[0] };
  const octal = /^\\(0[0-7]{1,2})/.exec(rest);
  if (octal !== null) {
    const code = Number.parseInt(octal[1] ?? "0", 8);
    return { length: octal[0].length, text: `\\x${code.toString(16).padStart(2, "0")}`, construct: octal[0] };
  }
  const property = /^\\([pP])(?:([A-Z])|\{(\^?)(\w+)\})/.exec(rest);
  if (property === null) return undefined;
  const [whole, letter = "p", short, negation = "", long = ""] = property;
  const other = letter === "p" ? "P" : "p";
  const name = short ?? long;
  const found = [name, `Script=${name}`].find((one) => regexProblem(`\\p{${one}}`) === undefined);
  const text = found === undefined ? undefined : `\\${negation === "" ? letter : other}{${found}}`;
  return text === whole ? { length: whole.length, text } : { length: whole.length, text, construct: whole };
}

/** `\k{name}`, `\k'name'`, `\g{name}`, `\g{1}`, `\g1`. */
function readReference(rest: string): Piece | undefined {
  const found = /^\\(?:k\{(\w+)\}|k'(\w+)'|g\{(\w+)\}|g(\d+))/.exec(rest);
  if (found === null) return undefined;
  const name = found.slice(1).find((part) => part !== undefined) ?? "";
  const text = /^\d+$/.test(name) ? `\\${name}` : `\\k<${name}>`;
  return { length: found[0].length, text, construct: found[0] };
}

/** Reads a class with its members. Its first foreign construct is reported. */
function readClass(rest: string, { ignoresCase }: State): Piece {
  const lone = POSIX_CLASS.exec(rest);
  if (lone !== null && POSIX[lone[2] ?? ""] !== undefined) {
    return { length: lone[0].length, text: `[${lone[1]}${POSIX[lone[2] ?? ""]}]`, construct: lone[0] };
  }
  const head = rest.startsWith("[^") ? "[^" : "[";
  const pieces: Piece[] = [];
  let at = head.length;
  // a leading bracket is literal if another one closes the class; otherwise it is JavaScript's empty class
  if (/^\[\^?\][^[]*\]/.test(rest)) {
    pieces.push({ length: 1, text: "\\]", construct: `${head}]` });
    at += 1;
  }
  while (at < rest.length && rest.charAt(at) !== "]") {
    const piece = readMember(rest.slice(at), pieces.at(-1)?.text, ignoresCase);
    pieces.push(piece);
    at += piece.length;
  }
  const construct = pieces.find((piece) => piece.construct !== undefined)?.construct;
  const isKnown = pieces.every(({ text }) => text !== undefined) && at < rest.length;
  const text = isKnown ? `${head}${pieces.map((piece) => piece.text).join("")}]` : undefined;
  return { length: at + 1, text, ...defined({ construct }) };
}

function readMember(rest: string, before: string | undefined, ignoresCase: boolean): Piece {
  const posix = POSIX_CLASS.exec(rest);
  if (posix !== null) {
    const [construct, negation = "", name = ""] = posix;
    return { length: construct.length, text: (negation === "" ? POSIX : NEGATED_POSIX)[name], construct };
  }
  if (/^\[[.=]/.test(rest)) return { length: 2, text: undefined, construct: rest.slice(0, 2) };
  const isRange = rest.startsWith("-") && rest.charAt(1) !== "]";
  const isSet = (text: string | undefined): boolean => text !== undefined && /^\\[dDsSwWpP]/.test(text);
  if (isRange && before !== undefined && (isSet(before) || isSet(rest.slice(1)))) {
    return { length: 1, text: "\\-", construct: isSet(before) ? `${before}-` : rest.slice(0, 3) };
  }
  if (rest.startsWith("\\")) return readEscape(rest, true);
  const range = /^([A-Za-z])-([A-Za-z])/.exec(rest)?.[0];
  const member = range ?? rest.charAt(0);
  return { length: member.length, text: ignoresCase ? withOtherCase(member) : member };
}

function bothCases(letter: string): string {
  return /[A-Za-z]/.test(letter) ? `[${withOtherCase(letter)}]` : letter;
}

function withOtherCase(member: string): string {
  if (/^[a-z](?:-[a-z])?$/.test(member)) return `${member}${member.toUpperCase()}`;
  return /^[A-Z](?:-[A-Z])?$/.test(member) ? `${member}${member.toLowerCase()}` : member;
}

function escapeAll(text: string): string {
  return text.replaceAll(/[\^$\\.*+?()[\]{}|/]/g, "\\$&");
}
