import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";

export type Inside = { readonly folder: string; readonly allowed: readonly string[] };

/** The problem reported for a file that images.yaml must not name. */
export const NOT_INSIDE = {
  problem: "is not a file in the manifest's folder",
  hint: "move it there, or allow its folder with --allow-files FOLDER",
} as const;

/**
 * Returns the real path of a file named in images.yaml. With symlinks resolved, it must be in the manifest's folder or in one that the user
 * allows, so that an untrusted manifest cannot read other files. Returns undefined otherwise, and also if the file does not exist: a
 * different result would reveal which files exist.
 */
export async function pathInside(path: string, { folder, allowed }: Inside): Promise<string | undefined> {
  const real = await realPath(resolve(folder, path));
  const roots = await Promise.all([folder, ...allowed].map(realPath));
  const isAllowed = roots.some(
    (root) => root !== undefined && real?.startsWith(root.endsWith(sep) ? root : root + sep),
  );
  return isAllowed ? real : undefined;
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}
