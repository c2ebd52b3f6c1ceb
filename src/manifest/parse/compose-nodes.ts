import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, type ParsedNode } from "yaml";
import type { Diagnostic } from "../../model/error.ts";
import { createAliases, type Weighed, weightAround } from "./aliases.ts";
import { composeMap } from "./compose-map.ts";
import { composeScalar } from "./compose-scalar.ts";
import type { Variables } from "./expand-variables.ts";
import type { Node } from "./nodes.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";
import { diagnose, positionAt, type Range, type SourceText } from "./source-text.ts";
import { syntaxMessage } from "./syntax-message.ts";
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

const NOTHING = { broken: new Set<number>(), unset: [] } as const;

/**
 * Converts the syntax tree to nodes by YAML 1.2's core schema, plus merge keys.
 * @param variables Undefined: `${NAME}` is kept as written.
 */
export function composeNodes(
  source: SourceText,
  tokens: readonly CST.Token[],
  variables: Variables | undefined,
): Composed {
  const composer = new Composer({ version: "1.2", schema: "core", merge: false, uniqueKeys: false, strict: true });
  const [document] = composer.compose(tokens, true, source.text.length);
  if (document === undefined) return { diagnostics: [], ...NOTHING };
  const diagnostics = syntaxProblems(source, document);
  if (document.errors.length > 0) return { diagnostics, ...NOTHING };
  return walkDocument(source, document, { variables, diagnostics });
}

function walkDocument(
  source: SourceText,
  { contents }: Document.Parsed,
  { variables, diagnostics }: { variables: Variables | undefined; diagnostics: Diagnostic[] },
): Composed {
  const broken = new Set<number>();
  const unset: UnsetVariable[] = [];
  const aliases = createAliases();
  let hasFailed = false;
  const walk: Walk = {
    variables,
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
  const root = contents === null ? undefined : walk.compose(contents, 0).node;
  return { diagnostics, broken, unset, ...defined({ root: root === undefined || hasFailed ? undefined : root }) };
}

function composeOne(walk: Walk, node: ParsedNode, depth: number): Weighed {
  if (isScalar(node)) return alone(composeScalar(walk, node));
  if (isMap(node)) return composeMap(walk, node, depth + 1);
  if (!isSeq(node)) return nothing(rangeOf(node));
  const parts = node.items.map((item) => walk.compose(item, depth + 1));
  const weight = weightAround(parts.map((part) => part.weight));
  return alone({ kind: "list", weight, range: rangeOf(node), items: parts.map((part) => part.node) });
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
