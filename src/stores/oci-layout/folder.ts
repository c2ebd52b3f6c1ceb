import { lstat, mkdir, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { createStagedFile, TEMPORARY } from "./staged-file.ts";
import { isInside } from "../../files/is-inside.ts";
import { isMissing, readTextFile } from "../../files/read-text-file.ts";
import { ImgsyncError } from "../../model/error.ts";
import { layoutFolder } from "../../model/layout-name.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import { refusedLayout } from "./failure.ts";

export type Places = {
  /** Of images.yaml: what it names lies in it. */
  readonly folder: string;
  /** Further folders, which the user allows. */
  readonly allowed: readonly string[];
};

const MARKER = "oci-layout";
const MARKER_BYTES = 4096;

/** OCI image-spec, image-layout.md, "oci-layout file". */
const MARKER_TEXT = '{"imageLayoutVersion":"1.0.0"}';

/**
 * The real path of a layout, or undefined where there is none yet. images.yaml is not trusted: the folder has to lie inside the
 * allowed ones after symlinks, and has to be a layout.
 */
export async function findLayout(repository: Repository, places: Places): Promise<string | undefined> {
  const root = await locate(repository, places);
  const readMarker = (): ReturnType<typeof readTextFile> => readTextFile(join(root, MARKER), MARKER_BYTES);
  let marker = await readMarker();
  if ("isMissing" in marker) {
    const names = await namesIn(root);
    if (names === undefined || isUnused(names)) return undefined;
    // another run may have created the layout between the two looks: it writes this file before all others
    marker = await readMarker();
  }
  if ("isMissing" in marker) {
    throw refusedLayout(repository, "the folder has other files but no oci-layout", "name another folder");
  }
  await refuseLink(join(root, MARKER), repository);
  if ("problem" in marker) throw refusedLayout(repository, `oci-layout ${marker.problem}`);
  if (!isVersion1(marker.text)) throw refusedLayout(repository, "oci-layout does not declare version 1.0.0");
  return root;
}

/** The same, created where there is none. A folder that has other files is never written to. */
export async function openLayout(repository: Repository, places: Places): Promise<string> {
  const known = await findLayout(repository, places);
  if (known !== undefined) return known;
  const root = await locate(repository, places);
  await mkdir(root, { recursive: true });
  const staged = await createStagedFile(root);
  await staged.write(new TextEncoder().encode(MARKER_TEXT));
  await staged.moveTo(join(root, MARKER));
  return root;
}

/** A link inside a layout could lead a reader or a writer to any other file. */
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

/** Also of what does not exist yet: the real path of the nearest folder that does, and the rest of the name. */
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

/** Nothing in it but what another run has just begun to write. */
function isUnused(names: readonly string[]): boolean {
  return names.every((name) => name.startsWith(TEMPORARY));
}

function isVersion1(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return (
      typeof json === "object" &&
      json !== null &&
      "imageLayoutVersion" in json &&
      typeof json.imageLayoutVersion === "string" &&
      json.imageLayoutVersion.startsWith("1.")
    );
  } catch {
    return false;
  }
}
