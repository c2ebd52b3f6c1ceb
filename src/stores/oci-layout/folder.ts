import { memberOf, textIn, tryParseJson } from "../../model/json.ts";
import { lstat, mkdir, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { createStagedFile, TEMPORARY } from "./staged-file.ts";
import type { Disk } from "../../files/disk.ts";
import { isInside } from "../../files/is-inside.ts";
import { isMissing, readTextFile } from "../../files/read-text-file.ts";
import { ImgsyncError } from "../../model/error.ts";
import { layoutFolder } from "../../model/layout-name.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import { refusedLayout } from "./failure.ts";

export type Places = {
  /** The folder of images.yaml. Layouts must be inside it. */
  readonly folder: string;
  /** Further folders that the user allows. */
  readonly allowed: readonly string[];
};

const MARKER = "oci-layout";
const MARKER_BYTES = 4096;

/**
 * OCI image-spec, image-layout.md, "oci-layout file": the version changes only with the layout itself, and this is the only one. Another
 * one is a layout that this version of imgsync does not know, which it must not read wrongly or write to.
 */
const VERSION = "1.0.0";
const MARKER_TEXT = `{"imageLayoutVersion":"${VERSION}"}`;

/**
 * Returns the real path of a layout, or undefined if it does not exist yet. images.yaml is not trusted: with symlinks resolved, the folder
 * must be inside an allowed one, and it must be a layout.
 */
export async function findLayout(repository: Repository, places: Places): Promise<string | undefined> {
  const root = await locate(repository, places);
  const readMarker = (): ReturnType<typeof readTextFile> => readTextFile(join(root, MARKER), MARKER_BYTES);
  let marker = await readMarker();
  if ("isMissing" in marker) {
    const names = await namesIn(root);
    if (names === undefined || isUnused(names)) return undefined;
    // another run may have created the layout since the first read: it writes this file first
    marker = await readMarker();
  }
  if ("isMissing" in marker) {
    throw refusedLayout(repository, "the folder has other files but no oci-layout", "name another folder");
  }
  await refuseLink(join(root, MARKER), repository);
  if ("problem" in marker) throw refusedLayout(repository, `oci-layout ${marker.problem}`);
  const version = textIn(memberOf(tryParseJson(marker.text), "imageLayoutVersion"));
  if (version !== VERSION) {
    const said = version === undefined ? "no version" : `version "${version}"`;
    throw refusedLayout(repository, `oci-layout declares ${said}; only ${VERSION} is supported`);
  }
  return root;
}

/** Like findLayout, but creates a missing layout. Never writes to a folder with other files. */
export async function openLayout(repository: Repository, places: Places, disk: Disk): Promise<string> {
  const known = await findLayout(repository, places);
  if (known !== undefined) return known;
  const root = await locate(repository, places);
  await mkdir(root, { recursive: true });
  const staged = await createStagedFile(root, disk);
  await staged.write(new TextEncoder().encode(MARKER_TEXT));
  await staged.moveTo(join(root, MARKER));
  return root;
}

/** Refuses a link inside a layout, which could point to any other file. */
export async function refuseLink(path: string, repository: Repository): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) throw refusedLayout(repository, `"${basename(path)}" is a symbolic link`);
}

async function locate(repository: Repository, { folder, allowed }: Places): Promise<string> {
  const path = resolve(folder, layoutFolder(repository));
  const real = await realPathOfAny(path);
  const roots = await Promise.all([folder, ...allowed].map(realPathOfAny));
  if (roots.some((root) => isInside(root, real))) return real;
  throw new ImgsyncError({
    code: "MANIFEST_INVALID",
    reference: formatRepository(repository),
    message: `"${layoutFolder(repository)}" is not in the manifest's folder`,
    hint: "move it there, or allow its folder with --allow-files FOLDER",
  });
}

/** Also resolves a path that does not exist yet: the real path of its nearest existing parent, plus the rest. */
async function realPathOfAny(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    if (!isMissing(thrown) || dirname(path) === path) throw thrown;
    if (await isLink(path)) throw thrown;
    return join(await realPathOfAny(dirname(path)), basename(path));
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}

async function namesIn(root: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(root);
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** Reports whether the folder is empty, except for files that another run has started to write. */
function isUnused(names: readonly string[]): boolean {
  return names.every((name) => name.startsWith(TEMPORARY));
}
