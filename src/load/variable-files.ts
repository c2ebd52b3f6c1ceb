import { resolve } from "node:path";
import { readTextFile } from "../files/read-text-file.ts";
import { shownPath } from "../files/shown-path.ts";
import { MAX_VARIABLE_FILE_BYTES, parseVariableFile, type VariableFile } from "../manifest/variables/variable-file.ts";
import { type Diagnostic, ImgsyncError } from "../model/error.ts";

/** Variables of one flag. */
export type VariableSource =
  | { readonly name: string; readonly value: string }
  /** Relative to the current folder. */
  | { readonly file: string };

/**
 * Returns the values of all sources, and the findings of files that are not valid. Later sources take precedence, as in terraform.
 * @throws ImgsyncError MANIFEST_UNREADABLE
 */
export async function readVariables(sources: readonly VariableSource[], cwd: string): Promise<VariableFile> {
  const variables = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const source of sources) {
    if ("file" in source) {
      const read = await readVariableFile(source.file, cwd);
      diagnostics.push(...read.diagnostics);
      for (const [name, value] of read.variables) variables.set(name, value);
    } else variables.set(source.name, source.value);
  }
  return { variables, diagnostics };
}

async function readVariableFile(written: string, cwd: string): Promise<VariableFile> {
  const path = resolve(cwd, written);
  const shown = shownPath(path, cwd);
  const read = await readTextFile(path, MAX_VARIABLE_FILE_BYTES);
  if ("problem" in read) {
    throw new ImgsyncError({
      code: "MANIFEST_UNREADABLE",
      message: `the file of variables "${shown}" ${read.problem}`,
      hint: "--var-file needs a YAML, JSON or dotenv file",
    });
  }
  return parseVariableFile(read.text, shown);
}
