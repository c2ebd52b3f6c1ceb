import { CST, Lexer, Parser } from "yaml";
import type { Diagnostic } from "../../model/error.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";
import { diagnose, type SourceText } from "./source-text.ts";
import { syntaxMessage } from "./syntax-message.ts";
import { createSlipFinder, type Refusal } from "./token-order.ts";
import { formatLimit } from "../../model/size.ts";

export type Tokens = { readonly tokens: readonly CST.Token[]; readonly diagnostics: readonly Diagnostic[] };

export type TokenOptions = {
  /** A file may have several documents. */
  readonly areMany?: boolean;
  /** YAML tags are ignored, as `!!merge` before `<<`. */
  readonly ignoresTags?: boolean;
  /** Called while a file is read: a list has one more item, which is not complete yet. The items before it may be taken out. */
  readonly onItem?: (list: CST.BlockSequence) => void;
  /** Called while a file is read: an anchor or alias connects distant parts of the file. */
  readonly onAnchor?: () => void;
};

/**
 * Returns the syntax tree of a file, or why it is refused. Limits are checked after each lexeme by a walk that does not recurse, so that a
 * hostile file is rejected before a deep or wide tree is built. Threats T23, T24.
 */
export function readTokens(source: SourceText, options: TokenOptions = {}): Tokens {
  const { areMany = false, ignoresTags = false, onItem, onAnchor } = options;
  const problem = sizeProblem(source) ?? characterProblem(source);
  if (problem !== undefined) return { tokens: [], diagnostics: [problem] };
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const findSlip = createSlipFinder();
  let count = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(source.text)) {
    const start = parser.offset;
    const type = isScalar ? "scalar" : CST.tokenType(lexeme);
    isScalar = lexeme === CST.SCALAR && !isScalar;
    count += 1;
    for (const token of parser.next(lexeme)) tokens.push(token);
    const refusal =
      (type === "tag" && ignoresTags ? undefined : foreignSyntax(type, lexeme)) ??
      boundProblem(parser.stack, count) ??
      findSlip(type) ??
      errorToken(tokens.at(-1)) ??
      (type === null ? noToken(lexeme) : undefined);
    if (refusal !== undefined) {
      return { tokens: [], diagnostics: [diagnose(source, [start, start + lexeme.length], refusal)] };
    }
    if (type === "anchor" || type === "alias") onAnchor?.();
    const top = type === "seq-item-ind" ? parser.stack.at(-1) : undefined;
    if (top?.type === "block-seq") onItem?.(top);
  }
  tokens.push(...parser.end());
  return { tokens, diagnostics: areMany ? [] : furtherDocuments(source, tokens) };
}

function furtherDocuments(source: SourceText, tokens: readonly CST.Token[]): readonly Diagnostic[] {
  const second = tokens.filter(({ type }) => type === "document")[1];
  if (second === undefined) return [];
  return [diagnose(source, [second.offset, second.offset + 3], { message: "the file has more than one document" })];
}

function sizeProblem(source: SourceText): Diagnostic | undefined {
  const { text } = source;
  // a code unit takes at most three bytes in UTF-8, so a small file need not be encoded to be measured
  const isSmall = text.length * 3 <= PARSE_LIMITS.bytes;
  if (isSmall || new TextEncoder().encode(text).byteLength <= PARSE_LIMITS.bytes) return undefined;
  return diagnose(source, [0, 0], { message: `the file is larger than ${formatLimit(PARSE_LIMITS.bytes)}` });
}

/** Refuses control characters, and carriage returns within a line. YAML 1.2.2 section 5.1: not printable. */
function characterProblem(source: SourceText): Diagnostic | undefined {
  // oxlint-disable-next-line no-control-regex -- the pattern looks for control characters
  const found = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]|\r(?!\n)/.exec(source.text);
  if (found === null) return undefined;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return diagnose(source, [found.index, found.index + 1], {
    message: `the file has the control character U+${code}`,
    hint: "the only control characters in YAML are tabs and line ends; in double quotes write \\u and four digits",
  });
}

function foreignSyntax(type: CST.TokenType | null, lexeme: string): Refusal | undefined {
  if (type === "tag") {
    return {
      message: `the YAML tag "${shorten(lexeme)}" is not supported`,
      hint: "write the value without it, or in quotes",
    };
  }
  if (type === "directive-line") {
    return {
      message: `the YAML directive "${shorten(lexeme)}" is not supported`,
      hint: "the file is read as YAML 1.2",
    };
  }
  return undefined;
}

function boundProblem(stack: readonly CST.Token[], count: number): Refusal | undefined {
  const { depth, keysPerMap, lexemes } = PARSE_LIMITS;
  if (count > lexemes) {
    return { message: `the file has more than ${lexemes} tokens`, hint: "split it up with `include`" };
  }
  if (stack.length > depth && stack.filter(CST.isCollection).length > depth) {
    return { message: `lists and maps are nested more than ${depth} levels deep` };
  }
  const top = stack.findLast(CST.isCollection);
  const isMap = top?.type === "block-map" || (top?.type === "flow-collection" && top.start.source === "{");
  if (!isMap || top.items.length <= keysPerMap) return undefined;
  return { message: `the map has more than ${keysPerMap} keys` };
}

/** Only the first error of the parser is reported, because later ones are consequences. */
function errorToken(token: CST.Token | undefined): Refusal | undefined {
  return token?.type === "error" ? { message: syntaxMessage(token.message) } : undefined;
}

function noToken(lexeme: string): Refusal {
  return { message: `"${shorten(lexeme)}" is not allowed here` };
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
