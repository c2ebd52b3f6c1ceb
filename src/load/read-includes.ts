import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Universes } from "../products/universes.ts";
import type { Diagnostic } from "../model/error.ts";
import type { Variables } from "../manifest/parse/expand-variables.ts";
import type { IncludePattern } from "../manifest/parse/include-pattern.ts";
import { parseFile, type ParsedFile } from "../manifest/parse/parse-file.ts";
import { diagnose } from "../manifest/parse/source-text.ts";
import { findIncluded } from "./include-files.ts";
import { isInside } from "../files/is-inside.ts";
import { readTextFile, reasonOf } from "../files/read-text-file.ts";

type Options = {
  /** The folder of the root file, symbolic links resolved. */
  readonly folder: string;
  /** The root file, symbolic links resolved. */
  readonly root: string;
  /** Returns the name of a file of the folder for diagnostics. */
  readonly nameOf: (file: string) => string;
  readonly variables: Variables;
  readonly universes?: Universes | undefined;
  readonly bytesLeft: number;
};

type Included = { readonly files: readonly ParsedFile[]; readonly diagnostics: readonly Diagnostic[] };

/** Reads the files that the root includes, each once. Unreadable files are reported at the position of their include. */
export async function readIncludes({ document }: ParsedFile, options: Options): Promise<Included> {
  if (document === undefined) return { files: [], diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const files: ParsedFile[] = [];
  const seen = new Map([[options.root, "is this file itself"]]);
  let bytesLeft = options.bytesLeft;
  for (const { file, include } of await expand(document.includes, options, report)) {
    const read = await readIncluded(file, { ...options, seen, bytesLeft });
    if ("problem" in read) {
      report(include, read.problem);
      continue;
    }
    bytesLeft -= read.bytes;
    files.push(
      parseFile(read.text, {
        file: options.nameOf(file),
        name: file,
        variables: options.variables,
        universes: options.universes,
        isRoot: false,
      }),
    );
  }
  return { files, diagnostics };

  function report(include: IncludePattern, message: string): void {
    if (document !== undefined) diagnostics.push(diagnose(document.source, include.range, { message }));
  }
}

type Candidate = { readonly file: string; readonly include: IncludePattern };

async function expand(
  includes: readonly IncludePattern[],
  { folder }: Options,
  report: (include: IncludePattern, message: string) => void,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const include of includes) {
    const found = await findIncluded(folder, include.pattern);
    if ("problem" in found) report(include, found.problem);
    else if (found.files.length === 0) report(include, `no file matches "${include.pattern}"`);
    else candidates.push(...found.files.map((file) => ({ file, include })));
  }
  return candidates.toSorted((one, other) => (one.file < other.file ? -1 : 1));
}

async function readIncluded(
  file: string,
  { folder, seen, bytesLeft }: Options & { readonly seen: Map<string, string> },
): Promise<{ text: string; bytes: number } | { problem: string }> {
  let real: string;
  try {
    real = await realpath(join(folder, file));
  } catch (cause) {
    return { problem: `"${file}" ${reasonOf(cause)}` };
  }
  if (!isInside(folder, real)) return { problem: `"${file}" leads out of the folder of this file` };
  const known = seen.get(real);
  if (known !== undefined) return { problem: `"${file}" ${known}` };
  seen.set(real, "is included twice");
  const read = await readTextFile(real, bytesLeft);
  return "problem" in read ? { problem: `"${file}" ${read.problem}` } : read;
}
