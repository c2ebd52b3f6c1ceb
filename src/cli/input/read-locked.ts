import { ImgsyncError } from "../../model/error.ts";
import { applyLock } from "../../manifest/apply-lock.ts";
import { describeLockable } from "../../reporters/lock-report.ts";
import { type Context, type Look, renderOptionsFor } from "../terminal/context.ts";
import { readLockFile } from "../lock-file.ts";
import type { LockFlags } from "../terminal/options.ts";
import type { ReadManifest } from "./read-manifest.ts";
import { warn } from "../terminal/warn.ts";

/**
 * The manifest with what the lock file beside it says; as it is where there is none, or where the person ignores it.
 * @throws ImgsyncError LOCK_OUTDATED where the lock lacks a wish, LOCK_INVALID where it is none
 */
export async function withLock<Read extends ReadManifest>(
  read: Read,
  flags: LockFlags,
  { context, look }: { readonly context: Context; readonly look: Look },
): Promise<Read> {
  if (flags.lock === false) return read;
  const { name, lock } = await readLockFile(read.path);
  if (lock === undefined) {
    if (flags.locked !== true) return read;
    throw new ImgsyncError({
      code: "LOCK_OUTDATED",
      message: `there is no lock file "${name}"`,
      hint: "write one with imgsync lock, or leave out --locked",
    });
  }
  const { manifest, missing, unused } = applyLock(read.manifest, lock);
  const options = renderOptionsFor(context, "stderr", look);
  for (const { source, wish } of unused) {
    warn(context, look, `"${name}" has ${wish}, which no entry wishes any more: imgsync lock removes it`, source);
  }
  if (missing.length === 0) return { ...read, manifest };
  for (const one of missing) context.stderr.write(`${describeLockable(one, options)}\n`);
  throw new ImgsyncError({
    code: "LOCK_OUTDATED",
    message: `"${name}" lacks ${missing.length} ${missing.length === 1 ? "wish" : "wishes"} of the manifest`,
    hint: "run imgsync lock and commit the file; --no-lock ignores it",
  });
}
