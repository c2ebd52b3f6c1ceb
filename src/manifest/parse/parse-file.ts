import type { Universes } from "../../products/universes.ts";
import type { Diagnostic } from "../../model/error.ts";
import type { SyncManifestFile } from "../../schema/generated/images.ts";
import { checkSchema } from "./check-schema.ts";
import { composeText } from "./compose-nodes.ts";
import type { Variables } from "./expand-variables.ts";
import { createFileContext } from "./file-context.ts";
import { limitFindings } from "./limit-findings.ts";
import type { Node } from "./nodes.ts";
import { toPlainValue } from "./plain-value.ts";
import { readSections } from "./read-sections.ts";
import { createSourceText, diagnose, type SourceText } from "./source-text.ts";
import type { SyncDocument } from "./sync-document.ts";
import { TEXT_PLACES } from "./text-places.ts";
import type { UnsetVariable } from "./unset-variables.ts";

export type ParseOptions = {
  /** The name in diagnostics, relative to the current folder. */
  readonly file: string;
  /** The name in the plan's hash and its positions, relative to the root file's folder. Default: `file`. */
  readonly name?: string;
  readonly variables: Variables;
  /** Only the root file may include files and configure registries. */
  readonly isRoot: boolean;
  /** From the user's own settings. Default: the well-known ones. */
  readonly universes?: Universes | undefined;
  /** Files of at least this many characters are composed in parts. Default: 256 Ki. */
  readonly longFile?: number;
};

/** The result of one file. If there are errors, `document` holds the valid parts. */
export type ParsedFile = {
  readonly document?: SyncDocument;
  readonly diagnostics: readonly Diagnostic[];
  /** Uses of variables without a value, which `assemble` reports for all files together. */
  readonly unset?: readonly UnsetVariable[];
};

/** Parses an images.yaml, or a file that one includes, and reports all problems in it. */
export function parseFile(text: string, options: ParseOptions): ParsedFile {
  const source = createSourceText(text.replace(/^\uFEFF/, ""), options.file, options.name);
  const composed = composeText(source, options);
  const { root, unset } = composed;
  if (root === undefined && composed.diagnostics.some(({ severity }) => severity === "error")) {
    return { diagnostics: composed.diagnostics, unset };
  }
  if (root === undefined || (root.kind === "scalar" && root.text === "")) return { diagnostics: [emptyFile(source)] };
  const found: Diagnostic[] = [...composed.diagnostics];
  const document = readDocument({ source, root, broken: composed.broken }, found, options);
  return { document, diagnostics: limitFindings(found.map((finding) => () => finding)), unset };
}

function readDocument(
  parsed: { source: SourceText; root: Node; broken: ReadonlySet<number> },
  diagnostics: Diagnostic[],
  { file, name = file, isRoot, universes }: ParseOptions,
): SyncDocument {
  const { source, root } = parsed;
  const content = withoutExtensions(toPlainValue(root, TEXT_PLACES));
  const context = createFileContext(parsed, diagnostics, { name, universes });
  const schema = checkSchema(root, content, context);
  // sections and entries are only read after checkSchema accepted them
  const written = (schema.isMap ? content : {}) as Partial<SyncManifestFile>;
  return { source, name, content, ...readSections(written, { root, context, schema, isRoot }) };
}

function withoutExtensions(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("x-")));
}

function emptyFile(source: SourceText): Diagnostic {
  return diagnose(source, [0, 0], { message: "the file is empty", hint: "imgsync init writes one to start from" });
}
