import { realpath } from "node:fs/promises";
import { isInside } from "./is-inside.ts";
import { pathsOf, type System, thisSystem } from "./system.ts";

export type Inside = { readonly folder: string; readonly allowed: readonly string[] };

/** The files of a machine: this one, except in tests. */
export type Files = { readonly system: System; readonly realpath: (path: string) => Promise<string> };

const THIS_MACHINE: Files = { system: thisSystem(), realpath };

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
export async function pathInside(
  path: string,
  { folder, allowed }: Inside,
  files: Files = THIS_MACHINE,
): Promise<string | undefined> {
  const { system } = files;
  const folders = [folder, ...allowed];
  const written = pathsOf(system).resolve(folder, path);
  if (isOnServer(written, system) && !folders.some((one) => isInside(one, written, system))) return undefined;
  const real = await realPath(written, files);
  const roots = await Promise.all(folders.map((one) => realPath(one, files)));
  if (real === undefined) return undefined;
  const isAllowed = roots.some((root) => root !== undefined && real !== root && isInside(root, real, system));
  return isAllowed ? real : undefined;
}

/** On Windows, even to look at a path like `\\SERVER\FOLDER` sends the user's password hash to the server. */
function isOnServer(path: string, system: System): boolean {
  return system === "windows" && /^[\\/]{2}/.test(path);
}

async function realPath(path: string, files: Files): Promise<string | undefined> {
  try {
    return await files.realpath(path);
  } catch {
    return undefined;
  }
}
