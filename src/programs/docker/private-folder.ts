import { rmSync } from "node:fs";
import { chmod, lstat, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { thisSystem } from "../../files/system.ts";
import { isAlive } from "./process-alive.ts";

/** A temporary folder for one command that only this user can read. */
export type PrivateFolder = {
  readonly path: string;
  /** Writes or replaces a file and returns its path. */
  readonly write: (name: string, text: string) => Promise<string>;
  readonly remove: () => Promise<void>;
};

const PREFIX = "imgsync-docker-";
const NAME = /^imgsync-docker-([0-9]{1,10})-/;

const open = new Set<string>();

/**
 * Creates the folder in the first usable one of `parents` and writes the files there. It is removed when the process exits in any way
 * except SIGKILL; `removeLeftovers` cleans up after that.
 */
export async function makePrivateFolder(
  parents: readonly string[],
  files: Readonly<Record<string, string>>,
  system = thisSystem(),
): Promise<PrivateFolder> {
  const path = await makeFolder(parents);
  if (open.size === 0) process.once("exit", removeAll);
  open.add(path);
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true });
    open.delete(path);
    if (open.size === 0) process.off("exit", removeAll);
  };
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(path, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  try {
    // on Windows, the folder has the permissions of its parent
    if (system === "posix") await chmod(path, 0o700);
    for (const [name, text] of Object.entries(files)) await write(name, text);
  } catch (thrown) {
    await remove();
    throw thrown;
  }
  return { path, write, remove };
}

/** Removes folders of this user's dead processes. Folders that cannot be read or removed are left alone. */
export async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent).catch((): string[] => []);
  for (const name of names) {
    const id = Number(NAME.exec(name)?.[1]);
    if (!Number.isSafeInteger(id) || id === process.pid || isAlive(id)) continue;
    const path = join(parent, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() !== true || found.uid !== (process.getuid?.() ?? found.uid)) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function makeFolder([parent, ...others]: readonly string[]): Promise<string> {
  if (parent === undefined) throw new Error("no folder to keep private files in");
  try {
    return await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  } catch (thrown) {
    // XDG_RUNTIME_DIR may not exist, as in a cron job
    if (others.length === 0) throw thrown;
    return makeFolder(others);
  }
}

function removeAll(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true });
}
