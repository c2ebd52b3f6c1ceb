import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDenied, ImgsyncError } from "../model/error.ts";
import { readTextFile } from "./read-text-file.ts";

/** A file as it was read, so that it is written only if it is still like that. */
export type FileState = {
  /** As people know it. */
  readonly name: string;
  /** Where it really lies, behind links. */
  readonly path: string;
  /** Undefined: there is none yet. */
  readonly text: string | undefined;
};

/** A file with secrets is for its owner alone; another one keeps the rights it has. */
export type Readers = "owner" | "as before";

/** The largest file that can be replaced. */
export const REPLACED_BYTES = 32 * 1024 * 1024;

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const PLAIN_FILE = 0o666;
const RIGHTS = 0o777;
const OWNER_MAY_WRITE = 0o200;

/**
 * Puts a text in the place of the file in one step, so that nobody ever reads half of it: a file beside it, on the disk before
 * it takes the name. A link stays a link. Threat T31.
 * @throws ImgsyncError OUTPUT_FAILED, also where the file is no longer as it was read: nothing that others wrote is lost
 */
export async function replaceFile(state: FileState, text: string, readers: Readers): Promise<void> {
  const { name, path } = state;
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    const before = await attributesOf(state);
    try {
      const rights = readers === "owner" ? PRIVATE_FILE : before?.rights;
      await write(temporary, text, rights ?? PLAIN_FILE);
      if (before !== undefined) await giveTo(temporary, before, readers);
      // what the umask or the new owner took away
      if (rights !== undefined) await chmod(temporary, rights);
      if (!(await isAsItWas(state))) throw changedMeanwhile(name);
      await rename(temporary, path);
    } catch (thrown) {
      await rm(temporary, { force: true });
      throw thrown;
    }
  } catch (thrown) {
    if (thrown instanceof ImgsyncError || isDenied(thrown)) throw thrown;
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown error";
    throw outputFailed(`${name} cannot be written (${code})`, "check the folder, its permissions and its disk");
  }
}

type Attributes = { readonly uid: number; readonly gid: number; readonly rights: number };

async function attributesOf({ path, text, name }: FileState): Promise<Attributes | undefined> {
  if (text === undefined) return undefined;
  const { mode, uid, gid } = await stat(path);
  if ((mode & OWNER_MAY_WRITE) !== 0) return { uid, gid, rights: mode & RIGHTS };
  // a rename would not ask, but whoever took the permission away meant it
  throw outputFailed(`${name} is read-only`, `if it may be changed, run: chmod u+w ${name}`);
}

async function write(path: string, text: string, rights: number): Promise<void> {
  // wx: never through a link that somebody put there
  const handle = await open(path, "wx", rights);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Under sudo the file stays its owner's. Without it, one that all may read may become the writer's. */
async function giveTo(path: string, { uid, gid }: Attributes, readers: Readers): Promise<void> {
  const own = await stat(path);
  if (own.uid === uid && own.gid === gid) return;
  try {
    await chown(path, uid, gid);
  } catch (thrown) {
    if (readers === "owner") throw thrown;
  }
}

async function isAsItWas({ path, text }: FileState): Promise<boolean> {
  const now = await readTextFile(path, REPLACED_BYTES);
  return "problem" in now ? now.isMissing === true && text === undefined : now.text === text;
}

function changedMeanwhile(name: string): ImgsyncError {
  return outputFailed(`${name} was changed by another program in the meantime, so nothing was written`, "run it again");
}

function outputFailed(message: string, hint: string): ImgsyncError {
  return new ImgsyncError({ code: "OUTPUT_FAILED", message, hint });
}
