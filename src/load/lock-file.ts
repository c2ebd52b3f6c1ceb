import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { diskOf } from "../files/disk.ts";
import { type FileState, replaceFile } from "../files/replace-file.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Lock } from "../model/lock.ts";
import type { Clock } from "../model/ports.ts";
import { maskSecrets } from "../model/secret.ts";
import { formatLock, parseLock } from "../manifest/lock-file.ts";
import { PARSE_LIMITS } from "../manifest/parse/parse-limits.ts";
import { isInside } from "../files/is-inside.ts";
import { isThere } from "../files/is-there.ts";
import { shownPath } from "../files/shown-path.ts";
import { readTextFile } from "../files/read-text-file.ts";

export type LockFile = FileState & {
  /** Undefined if the file does not exist. */
  readonly lock: Lock | undefined;
};

/** The lock file next to a manifest: images.lock.yaml for images.yaml. */
export function lockFileOf(manifest: string): string {
  return join(dirname(manifest), `${basename(manifest).replace(/\.ya?ml$/, "")}.lock.yaml`);
}

/**
 * Reads the lock file next to a manifest. Errors show its name relative to `cwd`.
 * @throws ImgsyncError LOCK_INVALID
 */
export async function readLockFile(manifest: string, cwd: string): Promise<LockFile> {
  const path = lockFileOf(manifest);
  const name = shownPath(path, cwd);
  if (!(await isThere(path))) return { path, name, text: undefined, lock: undefined };
  const real = await resolveInside(path, name);
  const read = await readTextFile(real, PARSE_LIMITS.bytes);
  if ("problem" in read) throw unusable(`"${name}" ${read.problem}`);
  return { path: real, name, text: read.text, lock: parseLock(read.text, name) };
}

/**
 * Replaces the lock file.
 * @throws ImgsyncError OUTPUT_FAILED, also if the file was changed since it was read
 */
export function writeLockFile(file: LockFile, lock: Lock, clock: Pick<Clock, "sleep">): Promise<void> {
  return replaceFile(file, maskSecrets(formatLock(lock)), "as before", diskOf(clock));
}

/** A link out of the folder would let an untrusted pull request show lines of any file on this machine. */
async function resolveInside(path: string, name: string): Promise<string> {
  const [folder, real] = await Promise.all([realpath(dirname(path)), realpath(path).catch(() => undefined)]);
  if (real !== undefined && isInside(folder, real)) return real;
  throw unusable(`"${name}" is a link that leads out of its folder`);
}

function unusable(message: string): ImgsyncError {
  return new ImgsyncError({ code: "LOCK_INVALID", message, hint: "remove it and run imgsync lock" });
}
