import type { Universes } from "../model/artifact-registry-host.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { renderDiagnostics } from "../reporters/diagnostics.ts";
import type { Context, Look } from "./context.ts";
import { renderOptionsFor } from "./context.ts";
import type { ManifestFlags } from "./options.ts";

export type ReadManifest = { readonly manifest: SyncManifest; readonly folder: string };

const VARIABLE_PREFIX = "IMGSYNC_VAR_";

/** The manifest, or undefined after all that is wrong with it has been told on stderr. */
export async function readManifest(
  context: Context,
  flags: ManifestFlags,
  look: Look,
  universes?: Universes,
): Promise<ReadManifest | undefined> {
  const { loadSyncManifest } = await import("./sync-manifest-files.ts");
  const { manifest, diagnostics, folder } = await loadSyncManifest({
    cwd: process.cwd(),
    variables: new Map([...environmentVariables(context), ...(flags.var ?? [])]),
    universes,
    ...(flags.file === undefined ? {} : { path: flags.file }),
  });
  context.stderr.write(renderDiagnostics(diagnostics, renderOptionsFor(context, "stderr", look)));
  return manifest === undefined ? undefined : { manifest, folder };
}

function environmentVariables({ environment }: Context): readonly (readonly [string, string])[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith(VARIABLE_PREFIX) && value !== undefined
      ? [[name.slice(VARIABLE_PREFIX.length), value] as const]
      : [],
  );
}
