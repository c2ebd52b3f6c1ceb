import { resolve } from "node:path";
import { loadSyncManifest } from "../../load/sync-manifest-files.ts";
import type { Diagnostic } from "../../model/error.ts";
import { ManifestError } from "../../model/findings.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { ConfigFile } from "../../schema/generated/config.ts";
import { settingsOf } from "../../settings/config.ts";
import { type LockUse, withLock } from "../locked.ts";

/** An images.yaml with all its includes. */
export type LoadedManifest = {
  /** With the digests of its lock file, if there is one. */
  readonly manifest: SyncManifest;
  /** As declared in the files, without the lock file. */
  readonly declared: SyncManifest;
  /** The root file, absolute. */
  readonly path: string;
  /** The folder of the root file, symbolic links resolved. Files that the manifest refers to must be inside it. */
  readonly folder: string;
  /** Findings that are not errors. */
  readonly warnings: readonly Diagnostic[];
};

export type LoadOptions = {
  /** Values of `${NAME}`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** How to treat the lock file next to the manifest: use it if it exists (default), require it, or ignore it. */
  readonly lock?: LockUse;
  /** Only `universes` is used here. */
  readonly settings?: ConfigFile;
  /** Called for each entry of the lock file that is not in the manifest. */
  readonly onWarning?: (message: string) => void;
};

/**
 * Reads and checks a manifest. Makes no requests.
 * @param file Relative paths are resolved against the working directory.
 * @throws {@link ManifestError} with all findings and their positions if the manifest is not valid; {@link ImgsyncError}
 * MANIFEST_UNREADABLE, LOCK_INVALID or LOCK_OUTDATED
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
