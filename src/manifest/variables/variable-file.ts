import type { Diagnostic } from "../../model/error.ts";
import type { Variables } from "../parse/expand-variables.ts";
import { createSourceText, diagnose, type SourceText } from "../parse/source-text.ts";
import { readDotenv } from "./dotenv.ts";
import type { ReportAt } from "./report-at.ts";
import { readVariableMap } from "./variable-map.ts";

export type VariableFile = { readonly variables: Variables; readonly diagnostics: readonly Diagnostic[] };

/** Bytes of one file. Threat T23. */
export const MAX_VARIABLE_FILE_BYTES = 1024 * 1024;
/** More would not be read. */
const MAX_PROBLEMS = 20;

type Format = "yaml" | "json" | "dotenv";

/**
 * Reads a file of variables: a YAML or JSON map of names to text, or lines of `NAME=VALUE` (dotenv). Values are kept as written: `1.10` stays
 * `1.10`, and `$` has no meaning. The values may be secrets, so no finding shows a line of the file.
 * @param file The name in diagnostics, whose ending decides the format. Other names are decided by the content.
 */
export function parseVariableFile(text: string, file: string): VariableFile {
  const source = createSourceText(text.replace(/^\uFEFF/, ""), file);
  const diagnostics: Diagnostic[] = [];
  const report: ReportAt = (range, finding) => {
    if (diagnostics.length < MAX_PROBLEMS) diagnostics.push(withoutLine(diagnose(source, range, finding)));
  };
  const variables = readAs(formatOf(source), source, report);
  return { variables, diagnostics };
}

function readAs(format: Format, source: SourceText, report: ReportAt): Variables {
  if (format === "dotenv") return readDotenv(source, report);
  return readVariableMap(source, { isJson: format === "json", report });
}

function formatOf({ file, text }: SourceText): Format {
  const name = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1).toLowerCase();
  if (name.endsWith(".json")) return "json";
  if (/\.ya?ml$/.test(name)) return "yaml";
  if (name.endsWith(".env") || name.startsWith(".env")) return "dotenv";
  if (/^\s*\{/.test(text)) return "json";
  const first = text.split("\n").find((line) => !/^\s*(?:#|$)/.test(line)) ?? "";
  return /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=/.test(first) ? "dotenv" : "yaml";
}

function withoutLine({ severity, message, position, hint }: Diagnostic): Diagnostic {
  return { severity, message, position, ...(hint === undefined ? {} : { hint }) };
}
