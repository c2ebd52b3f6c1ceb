import { randomBytes } from "node:crypto";
import { lstat, open, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { ImgsyncError, isDenied } from "../model/error.ts";
import type { Lock } from "../model/lock.ts";
import { formatLock, parseLock } from "../planner/lock-file.ts";
import { PARSE_LIMITS } from "../planner/parse/parse-limits.ts";
import { isInside } from "./is-inside.ts";
import { readTextFile } from "../files/read-text-file.ts";

export type LockFile = {
  readonly path: string;
  /** As people know it, relative to the current folder. */
  readonly name: string;
  /** Undefined: there is none. */
  readonly lock: Lock | undefined;
};

/**
 * The lock file beside a manifest: images.lock.yaml for images.yaml.
 * @throws ImgsyncError LOCK_INVALID
 */
export async function readLockFile(manifest: string): Promise<LockFile> {
  const path = join(dirname(manifest), `${basename(manifest).replace(/\.ya?ml$/, "")}.lock.yaml`);
  const name = relative(process.cwd(), path) || path;
  const isThere = await lstat(path).then(
    () => true,
    (cause: unknown) => !(cause instanceof Error && "code" in cause && cause.code === "ENOENT"),
  );
  if (!isThere) return { path, name, lock: undefined };
  const read = await readTextFile(await resolveInside(path, name), PARSE_LIMITS.bytes);
  if ("problem" in read) throw unusable(`"${name}" ${read.problem}`);
  return { path, name, lock: parseLock(read.text, name) };
}

/**
 * Puts the lock in the file's place in one step, so that nobody reads half of it.
 * @throws ImgsyncError OUTPUT_FAILED
 */
export async function writeLockFile({ path, name }: LockFile, lock: Lock): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    // wx: never through a link that somebody put there
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(formatLock(lock));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (isDenied(cause)) throw cause;
    throw new ImgsyncError(
      { code: "OUTPUT_FAILED", message: `"${name}" cannot be written`, hint: "check the folder and its permissions" },
      { cause },
    );
  }
}

/** A link that leads out of the folder would let a stranger's pull request show lines of any file of this machine. */
async function resolveInside(path: string, name: string): Promise<string> {
  const [folder, real] = await Promise.all([realpath(dirname(path)), realpath(path).catch(() => undefined)]);
  if (real !== undefined && isInside(folder, real)) return real;
  throw unusable(`"${name}" is a link that leads out of its folder`);
}

function unusable(message: string): ImgsyncError {
  return new ImgsyncError({ code: "LOCK_INVALID", message, hint: "remove it and run imgsync lock" });
}
