import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, chown, mkdir, open, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDenied, ImgsyncError } from "../model/error.ts";
import { type Disk, isInUse, renameOver } from "./disk.ts";
import { readTextFile } from "./read-text-file.ts";

/** A file as it was read. It is replaced only if it has not changed since. */
export type FileState = {
  /** Display name. */
  readonly name: string;
  /** The real path, with links resolved. */
  readonly path: string;
  /** Undefined if the file does not exist yet. */
  readonly text: string | undefined;
};

/** A file with secrets is private to its owner; other files keep their permissions. */
export type Readers = "owner" | "as before";

/** The largest file that can be replaced. */
export const REPLACED_BYTES = 32 * 1024 * 1024;

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const PLAIN_FILE = 0o666;
const RIGHTS = 0o777;
const OWNER_MAY_WRITE = 0o200;

/**
 * Replaces a file atomically, so that readers never see part of it: the text is flushed to a temporary file next to it, which is then
 * renamed. A link stays a link. On Windows, the file has the permissions of its folder. Threat T31.
 * @throws ImgsyncError OUTPUT_FAILED, also if the file changed since it was read: changes by others are never lost
 */
export async function replaceFile(state: FileState, text: string, readers: Readers, disk: Disk): Promise<void> {
  const { name, path } = state;
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    if (state.text !== undefined) await refuseReadOnly(state, disk);
    try {
      await (disk.system === "windows"
        ? write(temporary, text, PLAIN_FILE)
        : writeAs(temporary, { state, text, readers }));
      await renameOver({ from: temporary, to: path }, disk, async () => {
        if (!(await isAsItWas(state))) throw changedMeanwhile(name);
      });
    } catch (thrown) {
      await rm(temporary, { force: true });
      throw thrown;
    }
  } catch (thrown) {
    if (thrown instanceof ImgsyncError || isDenied(thrown)) throw thrown;
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown error";
    const hint =
      disk.system === "windows" && isInUse(thrown)
        ? "close the programs that have it open, and check the permissions of its folder"
        : "check the folder, its permissions and its disk";
    throw outputFailed(`${name} cannot be written (${code})`, hint);
  }
}

/** A rename would succeed, but the file was made read-only on purpose. */
async function refuseReadOnly({ path, name }: FileState, { system }: Disk): Promise<void> {
  const mayWrite =
    system === "windows"
      ? await access(path, constants.W_OK).then(
          () => true,
          () => false,
        )
      : ((await stat(path)).mode & OWNER_MAY_WRITE) !== 0;
  if (mayWrite) return;
  const command = system === "windows" ? "attrib -r" : "chmod u+w";
  throw outputFailed(`${name} is read-only`, `if it may be changed, run: ${command} ${name}`);
}

type Writing = { readonly state: FileState; readonly text: string; readonly readers: Readers };

/** Writes a file with the owner and the permissions that it is to have. */
async function writeAs(temporary: string, { state, text, readers }: Writing): Promise<void> {
  const before = state.text === undefined ? undefined : await stat(state.path);
  const rights = readers === "owner" ? PRIVATE_FILE : before === undefined ? undefined : before.mode & RIGHTS;
  await write(temporary, text, rights ?? PLAIN_FILE);
  if (before !== undefined) await giveTo(temporary, before, readers);
  // umask or chown may have removed permissions
  if (rights !== undefined) await chmod(temporary, rights);
}

async function write(path: string, text: string, rights: number): Promise<void> {
  // wx: never follows a link placed there
  const handle = await open(path, "wx", rights);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Keeps the owner under sudo. Without root, a file that is not private may change owner. */
async function giveTo(
  path: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
  readers: Readers,
): Promise<void> {
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
