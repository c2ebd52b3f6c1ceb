import type { Diagnostic } from "../../model/error.ts";
import type { Universes } from "../../products/universes.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { renderDiagnostics } from "../../reporters/diagnostics.ts";
import type { Context, Look } from "../terminal/context.ts";
import { renderOptionsFor } from "../terminal/context.ts";
import type { ManifestFlags } from "../terminal/options.ts";
import type { LoadedSyncManifest } from "../../load/sync-manifest-files.ts";
import { defined } from "../../model/defined.ts";

export type ReadManifest = {
  readonly manifest: SyncManifest;
  /** The root file, absolute, and its folder with symbolic links resolved. */
  readonly path: string;
  readonly folder: string;
};

/** Called with all findings, even if there are none. */
export type OnFindings = (diagnostics: readonly Diagnostic[]) => Promise<void>;

export type ReadOptions = {
  /** From the user's settings: names at these hosts are checked part by part. */
  readonly universes?: Universes | undefined;
  readonly onFindings?: OnFindings | undefined;
};

const VARIABLE_PREFIX = "IMGSYNC_VAR_";

/** Returns the manifest, or undefined if it is not valid, after printing all findings on stderr. */
export async function readManifest(
  context: Context,
  flags: ManifestFlags,
  look: Look,
  { universes, onFindings }: ReadOptions = {},
): Promise<ReadManifest | undefined> {
  const { manifest, diagnostics, folder, path } = await loadManifest(context, flags, universes);
  await onFindings?.(diagnostics);
  context.stderr.write(renderDiagnostics(diagnostics, renderOptionsFor(context, "stderr", look)));
  return manifest === undefined ? undefined : { manifest, folder, path };
}

/** Returns the manifest with its findings, without printing them. */
export async function loadManifest(
  context: Context,
  flags: ManifestFlags,
  universes?: Universes,
): Promise<LoadedSyncManifest> {
  const { loadSyncManifest } = await import("../../load/sync-manifest-files.ts");
  return loadSyncManifest({
    cwd: process.cwd(),
    variables: variablesOf(context, flags),
    universes,
    ...defined({ path: flags.file }),
  });
}

/** Returns the values of `${NAME}`. Flags take precedence over the environment. */
export function variablesOf(context: Context, flags: Pick<ManifestFlags, "var">): ReadonlyMap<string, string> {
  return new Map([...environmentVariables(context), ...(flags.var ?? [])]);
}

function environmentVariables({ environment }: Context): readonly (readonly [string, string])[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith(VARIABLE_PREFIX) && value !== undefined
      ? [[name.slice(VARIABLE_PREFIX.length), value] as const]
      : [],
  );
}
