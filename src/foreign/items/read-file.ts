import type { Place } from "../../model/foreign.ts";
import { composeDocuments } from "../../manifest/parse/compose-nodes.ts";
import type { Node } from "../../manifest/parse/nodes.ts";
import { createSourceText, positionAt, type Range, type SourceText } from "../../manifest/parse/source-text.ts";
import { readTokens } from "../../manifest/parse/tokens.ts";

/** A file of another tool: its text, and its YAML or JSON documents without empty ones. */
export type ForeignText = {
  /** Relative to the folder that was current when it was read, for people. */
  readonly file: string;
  readonly text: string;
  readonly documents: readonly Node[];
  /** Keys that occur again in a map. Their last value counts. */
  readonly repeatedKeys: readonly Place[];
  /** Why it cannot be read as YAML. Never contains text of the file, which may have passwords. */
  readonly problem?: { readonly place: Place; readonly message: string };
  readonly placeOf: (node: Node) => Place;
  /** Counts from 1. */
  readonly lastLineOf: (node: Node) => number;
};

/** Reads the text of a file with the limits of images.yaml. Variables are kept as written. */
export function readForeignText(written: string, file: string): ForeignText {
  const text = written.replace(/^\uFEFF/, "");
  const source = createSourceText(text, file);
  const placeOf = (node: Node): Place => ({ file, line: positionAt(source, node.range[0]).line });
  const lastLineOf = (node: Node): number => {
    const [start, end] = node.range;
    return positionAt(source, Math.max(start, start + text.slice(start, end).trimEnd().length - 1)).line;
  };
  return { file, text, placeOf, lastLineOf, ...readDocuments(source) };
}

function readDocuments(source: SourceText): Pick<ForeignText, "documents" | "repeatedKeys" | "problem"> {
  const { tokens, diagnostics } = readTokens(source, { areMany: true, ignoresTags: true });
  const repeatedKeys: Place[] = [];
  const onRepeatedKey = ([start]: Range): void => {
    const { file, line } = positionAt(source, start);
    repeatedKeys.push({ file, line });
  };
  const composed = diagnostics.length > 0 ? [] : composeDocuments(source, tokens, onRepeatedKey);
  const found = [...diagnostics, ...composed.flatMap((one) => one.diagnostics)].find(
    ({ severity }) => severity === "error",
  );
  if (found !== undefined) {
    const { file, line } = found.position;
    return {
      documents: [],
      repeatedKeys: [],
      problem: { place: { file, line }, message: withoutContent(found.message) },
    };
  }
  const documents = composed.flatMap(({ root }) => (root === undefined || isEmpty(root) ? [] : [root]));
  return { documents, repeatedKeys };
}

function isEmpty(root: Node): boolean {
  return root.kind === "scalar" && root.text === "";
}

/** Messages quote what they are about, and here this may be a part of a password. */
function withoutContent(message: string): string {
  return message.replaceAll(/"[^"]*"/g, '"…"');
}
