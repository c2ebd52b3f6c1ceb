import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, type ParsedNode } from "yaml";
import type { Diagnostic } from "../../model/error.ts";
import { createAliases, type Weighed, weightAround } from "./aliases.ts";
import { composeMap } from "./compose-map.ts";
import { composeScalar } from "./compose-scalar.ts";
import type { Variables } from "./expand-variables.ts";
import type { Node } from "./nodes.ts";
import { type EarlyItems, NO_EARLY_ITEMS, takeItems } from "./long-lists.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";
import { diagnose, positionAt, type Range, type SourceText } from "./source-text.ts";
import { syntaxMessage } from "./syntax-message.ts";
import { readTokens } from "./tokens.ts";
import type { UnsetVariable } from "./unset-variables.ts";
import { alone, nothing, rangeOf, type Walk } from "./walk.ts";
import { defined } from "../../model/defined.ts";

export type Composed = {
  /** Undefined if the file is not valid YAML or could not be read to the end. */
  readonly root?: Node;
  readonly diagnostics: readonly Diagnostic[];
  /** Offsets of scalars with unset variables. Other findings on them are consequences. */
  readonly broken: ReadonlySet<number>;
  readonly unset: readonly UnsetVariable[];
};

/** Shorter files are composed at once. */
const LONG_FILE = 256 * 1024;

/** `variables`: undefined keeps `${NAME}` as written. */
type Options = { readonly variables: Variables | undefined; readonly longFile?: number };

/**
 * Composes a file by YAML 1.2's core schema, plus merge keys. Long lists are composed in parts while the file is read, because the whole
 * syntax tree takes a hundred times the memory of the text. A file with an anchor or a problem is read again at once: an anchor connects
 * its parts, and what is reported must not depend on them.
 */
export function composeText(source: SourceText, { variables, longFile = LONG_FILE }: Options): Composed {
  const inParts = source.text.length < longFile ? undefined : composeInParts(source, variables);
  return inParts ?? composeAtOnce(source, variables);
}

function composeAtOnce(source: SourceText, variables: Variables | undefined): Composed {
  const { tokens, diagnostics } = readTokens(source);
  return diagnostics.length > 0
    ? { diagnostics, broken: new Set(), unset: [] }
    : composeTokens(tokens, startWalk(source, variables));
}

function composeInParts(source: SourceText, variables: Variables | undefined): Composed | undefined {
  const early = new Map<number, Node[]>();
  const state = startWalk(source, variables, { early });
  let isFit = true;
  const { tokens, diagnostics } = readTokens(source, {
    onAnchor: () => void (isFit = false),
    onItem: (list) => {
      const part = isFit ? takeItems(list) : undefined;
      if (part === undefined) return;
      const items = early.get(list.offset) ?? [];
      // the part has the offset of the list, and must not get the items before it
      early.delete(list.offset);
      const { root } = composeTokens([{ type: "document", offset: list.offset, start: [], value: part }], state);
      early.set(list.offset, items);
      if (root?.kind === "list" && state.diagnostics.length === 0) items.push(...root.items);
      else isFit = false;
    },
  });
  if (!isFit || diagnostics.length > 0) return undefined;
  const composed = composeTokens(tokens, state);
  return composed.diagnostics.length > 0 ? undefined : composed;
}

/** Composes each document of a file of another tool, without variables. */
export function composeDocuments(
  source: SourceText,
  tokens: readonly CST.Token[],
  onRepeatedKey: (range: Range) => void,
): readonly Composed[] {
  return Array.from(documentsOf(source, tokens), (document) =>
    composeDocument(document, startWalk(source, undefined, { onRepeatedKey })),
  );
}

function composeTokens(tokens: readonly CST.Token[], state: WalkState): Composed {
  const [document] = documentsOf(state.source, tokens);
  return document === undefined
    ? { diagnostics: [], broken: state.broken, unset: state.unset }
    : composeDocument(document, state);
}

function documentsOf(source: SourceText, tokens: readonly CST.Token[]): Iterable<Document.Parsed> {
  const composer = new Composer({ version: "1.2", schema: "core", merge: false, uniqueKeys: false, strict: true });
  return composer.compose(tokens, true, source.text.length);
}

function composeDocument(document: Document.Parsed, state: WalkState): Composed {
  const { source, diagnostics, broken, unset } = state;
  diagnostics.push(...syntaxProblems(source, document));
  if (document.errors.length > 0) return { diagnostics, broken, unset };
  const { contents } = document;
  const root = contents === null ? undefined : state.walk.compose(contents, 0).node;
  return {
    diagnostics,
    broken,
    unset,
    ...defined({ root: root === undefined || state.hasFailed() ? undefined : root }),
  };
}

type WalkState = {
  readonly source: SourceText;
  readonly walk: Walk;
  readonly diagnostics: Diagnostic[];
  readonly broken: ReadonlySet<number>;
  readonly unset: readonly UnsetVariable[];
  readonly hasFailed: () => boolean;
};

type WalkOptions = { readonly early?: EarlyItems; readonly onRepeatedKey?: (range: Range) => void };

function startWalk(
  source: SourceText,
  variables: Variables | undefined,
  { early = NO_EARLY_ITEMS, onRepeatedKey }: WalkOptions = {},
): WalkState {
  const diagnostics: Diagnostic[] = [];
  const broken = new Set<number>();
  const unset: UnsetVariable[] = [];
  const aliases = createAliases();
  let hasFailed = false;
  const walk: Walk = {
    variables,
    early,
    onRepeatedKey,
    report: (range, finding) => void diagnostics.push(diagnose(source, range, finding)),
    fail: (range, finding) => {
      if (!hasFailed) walk.report(range, finding);
      hasFailed = true;
    },
    positionOf: ([start]) => positionAt(source, start),
    markBroken: ([start]) => void broken.add(start),
    noteUnset: (range, names) => void unset.push(...names.map((name) => ({ name, source, range }))),
    compose: (node, depth) => {
      if (isAlias(node)) {
        const found = hasFailed ? undefined : aliases.find(node.source, depth);
        if (found !== undefined && !("problem" in found)) return found;
        if (found !== undefined) walk.fail(rangeOf(node), { message: found.problem });
        return nothing(rangeOf(node));
      }
      aliases.open(node.anchor);
      const weighed = composeOne(walk, node, depth);
      aliases.close(node.anchor, weighed.node);
      return weighed;
    },
  };
  return { source, walk, diagnostics, broken, unset, hasFailed: () => hasFailed };
}

function composeOne(walk: Walk, node: ParsedNode, depth: number): Weighed {
  if (isScalar(node)) return alone(composeScalar(walk, node));
  if (isMap(node)) return composeMap(walk, node, depth + 1);
  if (!isSeq(node)) return nothing(rangeOf(node));
  const range = rangeOf(node);
  // without aliases, the weight of an item is that of its node
  const early = (walk.early.get(range[0]) ?? []).map(alone);
  const parts = early.concat(node.items.map((item) => walk.compose(item, depth + 1)));
  const weight = weightAround(parts.map((part) => part.weight));
  return alone({ kind: "list", weight, range, items: parts.map((part) => part.node) });
}

/** Limited to one per line and a few in total, because one typo causes many errors after it. */
function syntaxProblems(source: SourceText, { errors, warnings }: Document.Parsed): Diagnostic[] {
  const found = new Map<number, Diagnostic>();
  for (const problem of [...errors, ...warnings]) {
    const { line } = positionAt(source, problem.pos[0]);
    if (found.size === PARSE_LIMITS.syntaxProblems) break;
    if (found.has(line)) continue;
    const severity = problem.name === "YAMLWarning" ? "warning" : "error";
    const hint = hintFor(source, problem.pos);
    found.set(line, diagnose(source, problem.pos, { severity, message: syntaxMessage(problem.message), hint }));
  }
  return [...found.values()];
}

function hintFor({ text }: SourceText, [start]: Range): string | undefined {
  const line = text.slice(Math.max(0, text.lastIndexOf("\n", start - 1)), start + 80).slice(-400);
  return /[[{,][^"']*\$\{/.test(line) ? 'inside [ ] and { } a variable is written in quotes: "${NAME}"' : undefined;
}
