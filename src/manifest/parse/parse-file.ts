import type { Universes } from "../../products/universes.ts";
import type { Diagnostic } from "../../model/error.ts";
import type { SyncManifestFile } from "../../schema/generated/images.ts";
import { checkSchema } from "./check-schema.ts";
import { composeNodes } from "./compose-nodes.ts";
import type { Variables } from "./expand-variables.ts";
import { createFileContext } from "./file-context.ts";
import { limitFindings } from "./limit-findings.ts";
import type { Node } from "./nodes.ts";
import { toPlainValue } from "./plain-value.ts";
import { readSections } from "./read-sections.ts";
import { createSourceText, diagnose, type SourceText } from "./source-text.ts";
import type { SyncDocument } from "./sync-document.ts";
import { TEXT_PLACES } from "./text-places.ts";
import { readTokens } from "./tokens.ts";

export type ParseOptions = {
  /** As diagnostics name it: relative to the current folder. */
  readonly file: string;
  /** As the plan's hash knows it: relative to the root file's folder. Without it, `file`. */
  readonly name?: string;
  readonly variables: Variables;
  /** Only the root may include files and say how registries are reached. */
  readonly isRoot: boolean;
  /** Of the person's own settings; by default those that everybody knows. */
  readonly universes?: Universes | undefined;
};

/** One file, read on its own. Where it has errors, `document` holds what is right in it. */
export type ParsedFile = { readonly document?: SyncDocument; readonly diagnostics: readonly Diagnostic[] };

/** Text of an images.yaml, or of a file that one includes, to what it says, with everything that is wrong in it. */
export function parseFile(text: string, options: ParseOptions): ParsedFile {
  const source = createSourceText(text.replace(/^\uFEFF/, ""), options.file);
  const { tokens, diagnostics } = readTokens(source);
  if (diagnostics.length > 0) return { diagnostics };
  const composed = composeNodes(source, tokens, options.variables);
  const { root } = composed;
  if (root === undefined && composed.diagnostics.some(({ severity }) => severity === "error")) {
    return { diagnostics: composed.diagnostics };
  }
  if (root === undefined || (root.kind === "scalar" && root.text === "")) return { diagnostics: [emptyFile(source)] };
  const found: Diagnostic[] = [...composed.diagnostics];
  const document = readDocument({ source, root, broken: composed.broken }, found, options);
  return { document, diagnostics: limitFindings(found.map((finding) => () => finding)) };
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
  // read only where checkSchema found the section, or the entry of it, to be as the schema says
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
