import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Universes } from "../products/universes.ts";
import { ImgsyncError } from "../model/error.ts";
import { assemble, type Assembled } from "../manifest/parse/assemble.ts";
import type { Variables } from "../manifest/parse/expand-variables.ts";
import { PARSE_LIMITS } from "../manifest/parse/parse-limits.ts";
import { parseFile, type ParsedFile } from "../manifest/parse/parse-file.ts";
import { isInside } from "../files/is-inside.ts";
import { isThere } from "../files/is-there.ts";
import { readIncludes } from "./read-includes.ts";
import { shownPath } from "../files/shown-path.ts";
import { isMissing, readTextFile, reasonOf } from "../files/read-text-file.ts";
import { defined } from "../model/defined.ts";

const DEFAULT_FILES = ["images.yaml", "images.yml"];

export type LoadedSyncManifest = Assembled & {
  /** The root file, absolute. */
  readonly path: string;
  /** Its folder, symbolic links resolved. Files that the manifest refers to must be inside it. */
  readonly folder: string;
};

/**
 * Reads images.yaml and its includes. Findings in the content of the files are in `diagnostics`.
 * @throws ImgsyncError MANIFEST_UNREADABLE if the root file cannot be read
 */
export async function loadSyncManifest({
  path: written,
  cwd,
  variables,
  universes,
}: {
  readonly path?: string;
  readonly cwd: string;
  readonly variables: Variables;
  readonly universes?: Universes | undefined;
}): Promise<LoadedSyncManifest> {
  const path = await findRoot(written, cwd);
  const nameOf = (file: string): string => shownPath(file, cwd);
  const shown = nameOf(path);
  const { folder, real } = await resolveRoot(path, shown);
  const read = await readTextFile(real, PARSE_LIMITS.bytes);
  if ("problem" in read) throw unreadable(`"${shown}" ${read.problem}`);
  const parsed = parseFile(read.text, { file: shown, name: basename(path), variables, universes, isRoot: true });
  const root = await withForeignFinding(parsed, read.text, shown);
  const included = await readIncludes(root, {
    folder,
    root: real,
    nameOf: (file) => nameOf(join(dirname(path), file)),
    variables,
    universes,
    bytesLeft: PARSE_LIMITS.bytes - read.bytes,
  });
  const withFindings: ParsedFile = { ...root, diagnostics: [...root.diagnostics, ...included.diagnostics] };
  return { ...assemble(withFindings, included.files), path, folder };
}

/** A file of another tool would have a finding on each of its keys. */
async function withForeignFinding(parsed: ParsedFile, text: string, file: string): Promise<ParsedFile> {
  if (!parsed.diagnostics.some(({ severity }) => severity === "error")) return parsed;
  const { foreignFinding } = await import("../foreign/foreign-finding.ts");
  const finding = foreignFinding(text, file);
  return finding === undefined ? parsed : { diagnostics: [finding] };
}

async function findRoot(written: string | undefined, cwd: string): Promise<string> {
  if (written !== undefined) return resolve(cwd, written);
  for (const name of DEFAULT_FILES) {
    const path = join(cwd, name);
    if (await isThere(path)) return path;
  }
  throw unreadable(
    `there is no ${DEFAULT_FILES.join(" or ")} in this folder`,
    "write one with imgsync init, or name another with --file FILE",
  );
}

/**
 * A link may lead to another place in the folder, as in volumes mounted by Kubernetes. A link out of the folder would let an untrusted pull
 * request show lines of any file on this machine.
 */
async function resolveRoot(path: string, shown: string): Promise<{ folder: string; real: string }> {
  try {
    const [folder, real] = await Promise.all([realpath(dirname(path)), realpath(path)]);
    if (isInside(folder, real)) return { folder, real };
  } catch (cause) {
    throw unreadable(`"${shown}" ${reasonOf(cause)}`, isMissing(cause) ? "write one with imgsync init" : undefined);
  }
  throw unreadable(`"${shown}" is a link that leads out of its folder`, "name the file itself with --file FILE");
}

function unreadable(message: string, hint?: string): ImgsyncError {
  return new ImgsyncError({ code: "MANIFEST_UNREADABLE", message, ...defined({ hint }) });
}
