import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";

export type Inside = { readonly folder: string; readonly allowed: readonly string[] };

/** Why a file that images.yaml names is not read. */
export const NOT_INSIDE = {
  problem: "is not a file in the manifest's folder",
  hint: "move it there, or allow its folder with --allow-files FOLDER",
} as const;

/**
 * The real path of a file that images.yaml names: it has to lie, after symlinks, in the manifest's folder or in one that the
 * person allows, so that a stranger cannot have other files read. Undefined elsewhere, and where there is none: with different
 * answers a stranger could ask which files there are.
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
