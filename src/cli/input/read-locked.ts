import { LockError, type LockUse, withLock } from "../../app/locked.ts";
import { describeLockable } from "../../reporters/lock-report.ts";
import { type Context, type Look, renderOptionsFor } from "../terminal/context.ts";
import type { LockFlags } from "../terminal/options.ts";
import { warn } from "../terminal/warn.ts";
import type { ReadManifest } from "./read-manifest.ts";

/**
 * Returns the manifest with the digests of the lock file next to it; unchanged if there is no lock file or if it is ignored.
 * @throws ImgsyncError LOCK_OUTDATED if the lock lacks a mapping, LOCK_INVALID if it is not a valid lock file
 */
export async function readLocked<Read extends ReadManifest>(
  read: Read,
  flags: LockFlags,
  { context, look }: { readonly context: Context; readonly look: Look },
): Promise<Read> {
  try {
    const manifest = await withLock(read.manifest, {
      path: read.path,
      cwd: process.cwd(),
      use: useOf(flags),
      onUnused: (name, { source, mapping }) =>
        warn(
          context,
          look,
          `"${name}" has ${mapping}, which is no longer in the manifest: imgsync lock removes it`,
          source,
        ),
    });
    return { ...read, manifest };
  } catch (thrown) {
    const missing = thrown instanceof LockError ? thrown.missing : [];
    const options = renderOptionsFor(context, "stderr", look);
    for (const one of missing) context.stderr.write(`${describeLockable(one, options)}\n`);
    throw thrown;
  }
}

function useOf({ lock, locked }: LockFlags): LockUse {
  if (lock === false) return "ignore";
  return locked === true ? "require" : "use";
}
