import { resolve } from "node:path";
import { loadSyncManifest } from "../../load/sync-manifest-files.ts";
import type { Diagnostic } from "../../model/error.ts";
import { ManifestError } from "../../model/findings.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { ConfigFile } from "../../schema/generated/config.ts";
import { settingsOf } from "../../settings/config.ts";
import { type LockUse, withLock } from "../locked.ts";

/** An images.yaml with everything that it includes. */
export type LoadedManifest = {
  /** With the digests of its lock file, where there is one. */
  readonly manifest: SyncManifest;
  /** As the files say, without the lock file. */
  readonly declared: SyncManifest;
  /** The root file, absolute. */
  readonly path: string;
  /** Its folder, links resolved. Files that the manifest names lie in it. */
  readonly folder: string;
  /** What is odd, but no error. */
  readonly warnings: readonly Diagnostic[];
};

export type LoadOptions = {
  /** Values of `${NAME}`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What to do with the lock file beside the manifest: use it where there is one (default), require it, or ignore it. */
  readonly lock?: LockUse;
  /** Only `universes` counts here. */
  readonly settings?: ConfigFile;
  /** Called with what the lock file has beyond the manifest. */
  readonly onWarning?: (message: string) => void;
};

/**
 * Reads and checks a manifest. Asks no registry.
 * @param file Relative paths start where the process runs.
 * @throws {@link ManifestError} with all findings and their positions where the manifest is not valid;
 * {@link ImgsyncError} MANIFEST_UNREADABLE, LOCK_INVALID or LOCK_OUTDATED
 */
export async function loadManifest(file: string, options: LoadOptions = {}): Promise<LoadedManifest> {
  const { variables = {}, lock = "use", settings, onWarning } = options;
  const cwd = resolve(".");
  const { universes } = await settingsOf(settings ?? {}, cwd);
  const read = await loadSyncManifest({
    path: file,
    cwd,
    variables: new Map(Object.entries(variables)),
    universes,
  });
  const { manifest: declared, diagnostics, path, folder } = read;
  if (declared === undefined) throw new ManifestError(`"${file}" is not a valid manifest`, diagnostics);
  const manifest = await withLock(declared, {
    path,
    cwd,
    use: lock,
    onUnused: (name, { source, mapping }) =>
      onWarning?.(`"${name}" has ${mapping} of ${source}, which is no longer in the manifest`),
  });
  return { manifest, declared, path, folder, warnings: diagnostics };
}
