import type { SyncManifest } from "../model/sync-manifest.ts";
import { renderDiagnostics } from "../reporters/diagnostics.ts";
import type { Context, Look } from "./context.ts";
import { renderOptionsFor } from "./context.ts";
import type { ManifestFlags } from "./options.ts";
import type { LoadedSyncManifest } from "./sync-manifest-files.ts";

export type ReadManifest = { readonly manifest: SyncManifest; readonly folder: string; readonly path: string };

const VARIABLE_PREFIX = "IMGSYNC_VAR_";

/** The manifest, or undefined after all that is wrong with it has been told on stderr. */
export async function readManifest(
  context: Context,
  flags: ManifestFlags,
  look: Look,
): Promise<ReadManifest | undefined> {
  const { manifest, diagnostics, folder, path } = await loadManifest(context, flags);
  context.stderr.write(renderDiagnostics(diagnostics, renderOptionsFor(context, "stderr", look)));
  return manifest === undefined ? undefined : { manifest, folder, path };
}

/** The manifest with all that is to be said about it, untold. */
export async function loadManifest(context: Context, flags: ManifestFlags): Promise<LoadedSyncManifest> {
  const { loadSyncManifest } = await import("./sync-manifest-files.ts");
  return loadSyncManifest({
    cwd: process.cwd(),
    variables: new Map([...environmentVariables(context), ...(flags.var ?? [])]),
    ...(flags.file === undefined ? {} : { path: flags.file }),
  });
}

function environmentVariables({ environment }: Context): readonly (readonly [string, string])[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith(VARIABLE_PREFIX) && value !== undefined
      ? [[name.slice(VARIABLE_PREFIX.length), value] as const]
      : [],
  );
}
