import { randomBytes } from "node:crypto";
import { chmod, chown, lstat, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readTextFile } from "../files/read-text-file.ts";
import { isDenied, ImgsyncError } from "../model/error.ts";
import type { NamedFile } from "./auth-file.ts";
import { credentialsFailed } from "./failure.ts";

/** A file as it was read, so that it is written only if it is still like that. */
export type FileState = {
  readonly file: NamedFile;
  /** Where it really lies, behind links. */
  readonly path: string;
  /** Undefined: there is none yet. */
  readonly text: string | undefined;
};

const MAX_BYTES = 4 * 1024 * 1024;
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const OWNER_MAY_WRITE = 0o200;

/** Reads a file that is to be replaced, following links. */
export async function readFileState(file: NamedFile): Promise<FileState> {
  const path = await followLinks(file);
  const read = await readTextFile(path, MAX_BYTES);
  if (!("problem" in read)) return { file, path, text: read.text };
  if (read.isMissing) return { file, path, text: undefined };
  throw credentialsFailed(`${file.name} ${read.problem}`, { hint: "repair or remove it" });
}

/**
 * Puts a text in the place of the file in one step, so that nobody ever reads half of it: a private file beside it, on the
 * disk before it takes the name. A link stays a link. Threat T31.
 * @throws ImgsyncError OUTPUT_FAILED, also where the file is no longer as it was read: nothing that others wrote is lost
 */
export async function replaceFile(state: FileState, text: string): Promise<void> {
  const { file, path } = state;
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    const owner = await ownerOf(state);
    try {
      await writePrivately(temporary, text);
      if (owner !== undefined) await giveTo(temporary, owner);
      if (!(await isAsItWas(state))) throw changedMeanwhile(file);
      await rename(temporary, path);
    } catch (thrown) {
      await rm(temporary, { force: true });
      throw thrown;
    }
  } catch (thrown) {
    if (thrown instanceof ImgsyncError || isDenied(thrown)) throw thrown;
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown error";
    throw outputFailed(`${file.name} cannot be written (${code})`, "check the folder, its permissions and its disk");
  }
}

async function isAsItWas({ path, text }: FileState): Promise<boolean> {
  const now = await readTextFile(path, MAX_BYTES);
  return "problem" in now ? now.isMissing === true && text === undefined : now.text === text;
}

async function followLinks(file: NamedFile): Promise<string> {
  try {
    return await realpath(file.path);
  } catch (thrown) {
    if (isDenied(thrown)) throw thrown;
    const link = await lstat(file.path).catch(() => undefined);
    if (link === undefined) return file.path;
    throw credentialsFailed(`${file.name} is a link that leads nowhere`, {
      hint: "create the file that it points at, or remove the link",
    });
  }
}

type Owner = { readonly uid: number; readonly gid: number };

async function ownerOf({ path, text, file }: FileState): Promise<Owner | undefined> {
  if (text === undefined) return undefined;
  const { mode, uid, gid } = await stat(path);
  if ((mode & OWNER_MAY_WRITE) !== 0) return { uid, gid };
  // a rename would not ask, but whoever took the permission away meant it
  throw outputFailed(`${file.name} is read-only`, `if it may be changed, run: chmod u+w ${file.name}`);
}

async function writePrivately(path: string, text: string): Promise<void> {
  // wx: never through a link that somebody put there
  const handle = await open(path, "wx", PRIVATE_FILE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(path, PRIVATE_FILE);
}

/** Under sudo the file stays its owner's. */
async function giveTo(path: string, { uid, gid }: Owner): Promise<void> {
  const own = await stat(path);
  if (own.uid !== uid || own.gid !== gid) await chown(path, uid, gid);
}

function changedMeanwhile(file: NamedFile): ImgsyncError {
  return outputFailed(`${file.name} was changed by another program meanwhile, so nothing was written`, "run it again");
}

function outputFailed(message: string, hint: string): ImgsyncError {
  return new ImgsyncError({ code: "OUTPUT_FAILED", message, hint });
}
