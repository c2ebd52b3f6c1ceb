import { readLockFile } from "../load/lock-file.ts";
import { applyLock, type Lockable } from "../manifest/apply-lock.ts";
import { ImgsyncError } from "../model/error.ts";
import type { LockedMapping } from "../model/lock.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";

/** `use`: if it exists. `require`: fail if it does not exist. */
export type LockUse = "use" | "require" | "ignore";

/** A lock file that lacks tags of the manifest. Code LOCK_OUTDATED. */
export class LockError extends ImgsyncError {
  readonly missing: readonly Lockable[];

  constructor(name: string, missing: readonly Lockable[]) {
    super({
      code: "LOCK_OUTDATED",
      message: `"${name}" lacks ${missing.length} ${missing.length === 1 ? "mapping" : "mappings"} of the manifest`,
      hint: "run imgsync lock and commit the file; --no-lock ignores it",
    });
    this.missing = missing;
  }
}

export type LockRequest = {
  /** The manifest's root file, absolute. */
  readonly path: string;
  readonly cwd: string;
  readonly use: LockUse;
  /** Called for each entry of the lock file that is not in the manifest. */
  readonly onUnused: (name: string, unused: LockedMapping) => void;
};

/**
 * Returns the manifest with the digests of the lock file next to it.
 * @throws ImgsyncError LOCK_INVALID, and LOCK_OUTDATED if a required file is missing; LockError if the file lacks tags
 */
export async function withLock(
  manifest: SyncManifest,
  { path, cwd, use, onUnused }: LockRequest,
): Promise<SyncManifest> {
  if (use === "ignore") return manifest;
  const { name, lock } = await readLockFile(path, cwd);
  if (lock === undefined) {
    if (use === "use") return manifest;
    throw new ImgsyncError({
      code: "LOCK_OUTDATED",
      message: `there is no lock file "${name}"`,
      hint: "create one with imgsync lock, or omit --locked",
    });
  }
  const locked = applyLock(manifest, lock);
  for (const one of locked.unused) onUnused(name, one);
  if (locked.missing.length > 0) throw new LockError(name, locked.missing);
  return locked.manifest;
}
