import type { Diagnostic } from "../../model/error.ts";
import type { Variables } from "../parse/expand-variables.ts";
import { composeText } from "../parse/compose-nodes.ts";
import type { MapEntry, Node } from "../parse/nodes.ts";
import type { SourceText } from "../parse/source-text.ts";
import { type ReportAt, VARIABLE_NAME } from "./report-at.ts";

/** The messages of the parser that quote nothing of the file but a key. All others could quote a secret. */
const WITHOUT_CONTENT =
  /^(?:the key "[A-Za-z_][A-Za-z0-9_]*" occurs twice|the map has more than|lists and maps are nested|the file (?:has|is larger)|the aliases of this file|this alias expands)/;

const EXAMPLE = "write one NAME: value in each line";

/** Reads a YAML or JSON map of names to text. JSON is a part of YAML, so one parser with one set of limits reads both. */
export function readVariableMap(
  source: SourceText,
  { isJson, report }: { readonly isJson: boolean; readonly report: ReportAt },
): Variables {
  const format = isJson ? "JSON" : "YAML";
  const composed = composeText(source, { variables: undefined });
  const found = composed.diagnostics.filter(({ severity }) => severity === "error");
  for (const problem of found) report(rangeOf(source, problem), { message: withoutContent(problem.message, format) });
  if (found.length > 0) return new Map();
  if (isJson && !isJsonText(source.text)) {
    report([0, 0], {
      message: "the file is not valid JSON",
      hint: "a file of variables may also be YAML: name it .yaml",
    });
    return new Map();
  }
  return composed.root !== undefined ? readRoot(composed.root, report) : new Map();
}

function readRoot(root: Node, report: ReportAt): Variables {
  if (root.kind === "map") return new Map([...root.entries].flatMap((entry) => readOne(entry, report)));
  if (root.kind !== "scalar" || root.text !== "") {
    report(root.range, { message: "a file of variables must be a map of names to text", hint: EXAMPLE });
  }
  return new Map();
}

function readOne([name, { key, value }]: readonly [string, MapEntry], report: ReportAt): readonly [string, string][] {
  if (!VARIABLE_NAME.test(name)) {
    report(key, { message: "this key is not a valid variable name", hint: "a name has letters, digits and _" });
    return [];
  }
  if (value.kind !== "scalar") {
    const kind = value.kind === "list" ? "a list" : "a map";
    report(key, { message: `the variable "${name}" is ${kind}, and must be text`, hint: EXAMPLE });
    return [];
  }
  if (value.value === null) {
    report(key, { message: `the variable "${name}" has no value`, hint: 'write "" for empty text' });
    return [];
  }
  return [[name, value.text]];
}

function rangeOf({ lineStarts }: SourceText, { position, length = 1 }: Diagnostic): readonly [number, number] {
  const start = (lineStarts[position.line - 1] ?? 0) + position.column - 1;
  return [start, start + length];
}

function withoutContent(message: string, format: string): string {
  return WITHOUT_CONTENT.test(message) ? message : `this is not valid ${format}, or not allowed in a file of variables`;
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
