import { type Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { compileInclude, includeParts, isGlob } from "../manifest/parse/include-pattern.ts";

/** Maximum number of files, including links, visited below a folder. Walking a whole disk is a mistake. */
const MAX_VISITED = 50_000;

export type FoundFiles = { readonly files: readonly string[] } | { readonly problem: string };

/**
 * Returns the paths below `folder` that match a pattern of `include`, sorted, with slashes. A path without wildcards is returned even if it
 * does not exist. Links to folders are not followed, because they may form cycles.
 */
export async function findIncluded(folder: string, written: string): Promise<FoundFiles> {
  const parts = includeParts(written);
  if (!isGlob(written)) return { files: [parts.join("/")] };
  const start = parts.slice(0, parts.findIndex(isGlob));
  const depth = parts.includes("**") ? Infinity : parts.length - start.length;
  const matches = compileInclude(written);
  const files: string[] = [];
  const open = [{ path: start.join("/"), depth }];
  let visited = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of await entriesOf(join(folder, next.path))) {
      visited += 1;
      if (visited > MAX_VISITED) return { problem: `"${written}" walks through more than ${MAX_VISITED} files` };
      const path = next.path === "" ? entry.name : `${next.path}/${entry.name}`;
      if (!entry.isDirectory()) files.push(path);
      else if (next.depth > 1) open.push({ path, depth: next.depth - 1 });
    }
  }
  return { files: files.filter(matches).toSorted() };
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    // a missing folder contains no files, which the caller reports
    if (cause instanceof Error && "code" in cause && ["ENOENT", "ENOTDIR", "EACCES"].includes(String(cause.code)))
      return [];
    throw cause;
  }
}
