import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type Exec } from "../programs/exec.ts";
import { assemble } from "../manifest/parse/assemble.ts";
import type { Variables } from "../manifest/parse/expand-variables.ts";
import { compileInclude } from "../manifest/parse/include-pattern.ts";
import { parseFile, type ParsedFile } from "../manifest/parse/parse-file.ts";
import { findChanged, type ManifestChange } from "../manifest/changed-entries.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { openRevision, type Revision, type TreeFile } from "./git.ts";

type Request = {
  readonly exec: Exec;
  readonly signal: AbortSignal;
  /** The current root file. */
  readonly path: string;
  readonly manifest: SyncManifest;
  readonly variables: Variables;
  readonly since: string;
};

/** `everything`: why all entries count as changed, if the revision has no manifest to compare with. */
export type ChangeSince = ManifestChange & { readonly everything?: string };

/**
 * Returns the changes of the manifest since a revision. If the revision has no valid manifest, all entries count as changed.
 * @throws ImgsyncError USAGE if there is no such revision
 */
export async function findChangedSince({
  exec,
  signal,
  path,
  manifest,
  variables,
  since,
}: Request): Promise<ChangeSince> {
  const real = await realpath(path);
  const revision = await openRevision(exec, {
    name: since,
    folder: dirname(real),
    signal,
  });
  const before = await readThen(revision, basename(real), variables);
  if (typeof before === "string") return { ...findChanged(manifest, undefined), everything: before };
  return findChanged(manifest, before);
}

/** Returns the manifest of the revision, or why there is none. */
async function readThen(revision: Revision, name: string, variables: Variables): Promise<SyncManifest | string> {
  const files = await revision.list();
  const byPath = new Map(files.map((file) => [file.path, file]));
  const now = revision.folder === "" ? name : `${revision.folder}/${name}`;
  const path = byPath.has(now) ? now : ((await revision.oldNameOf(now)) ?? now);
  const rootFile = byPath.get(path);
  if (rootFile === undefined) return "the manifest was not there";
  const slash = path.lastIndexOf("/") + 1;
  const parse = async (file: TreeFile, isRoot: boolean): Promise<ParsedFile> =>
    parseFile(await revision.read(file), { file: file.path, name: file.path.slice(slash), variables, isRoot });
  const root = await parse(rootFile, true);
  const included = new Map<string, TreeFile>();
  for (const { pattern } of root.document?.includes ?? []) {
    for (const file of matching(files, path.slice(0, slash), pattern)) included.set(file.path, file);
  }
  included.delete(path);
  if (![rootFile, ...included.values()].every(({ isPlain }) => isPlain)) return "a file of the manifest was a link";
  const parsed: ParsedFile[] = [];
  for (const file of included.values()) parsed.push(await parse(file, false));
  return assemble(root, parsed).manifest ?? "the manifest was not valid";
}

function matching(files: readonly TreeFile[], folder: string, written: string): readonly TreeFile[] {
  const matches = compileInclude(written);
  return files.filter(({ path }) => path.startsWith(folder) && matches(path.slice(folder.length)));
}
