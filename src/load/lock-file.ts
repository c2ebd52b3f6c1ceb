import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type FileState, replaceFile } from "../files/replace-file.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Lock } from "../model/lock.ts";
import { maskSecrets } from "../model/secret.ts";
import { formatLock, parseLock } from "../manifest/lock-file.ts";
import { PARSE_LIMITS } from "../manifest/parse/parse-limits.ts";
import { isInside } from "../files/is-inside.ts";
import { isThere } from "../files/is-there.ts";
import { readTextFile } from "../files/read-text-file.ts";

export type LockFile = FileState & {
  /** Undefined: there is none. */
  readonly lock: Lock | undefined;
};

/**
 * The lock file beside a manifest: images.lock.yaml for images.yaml.
 * `cwd`: errors name the file relative to it.
 * @throws ImgsyncError LOCK_INVALID
 */
export async function readLockFile(manifest: string, cwd: string): Promise<LockFile> {
  const path = join(dirname(manifest), `${basename(manifest).replace(/\.ya?ml$/, "")}.lock.yaml`);
  const name = relative(cwd, path) || path;
  if (!(await isThere(path))) return { path, name, text: undefined, lock: undefined };
  const real = await resolveInside(path, name);
  const read = await readTextFile(real, PARSE_LIMITS.bytes);
  if ("problem" in read) throw unusable(`"${name}" ${read.problem}`);
  return { path: real, name, text: read.text, lock: parseLock(read.text, name) };
}

/**
 * Puts the lock in the file's place.
 * @throws ImgsyncError OUTPUT_FAILED, also where somebody else has changed the file since it was read
 */
export function writeLockFile(file: LockFile, lock: Lock): Promise<void> {
  return replaceFile(file, maskSecrets(formatLock(lock)), "as before");
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
