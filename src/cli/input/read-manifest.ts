import type { Diagnostic } from "../../model/error.ts";
import type { Universes } from "../../products/universes.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { renderDiagnostics } from "../../reporters/diagnostics.ts";
import type { Context, Look } from "../terminal/context.ts";
import { renderOptionsFor } from "../terminal/context.ts";
import type { ManifestFlags } from "../terminal/options.ts";
import type { VariableSource } from "../../load/variable-files.ts";
import type { VariableFile } from "../../manifest/variables/variable-file.ts";
import type { Variables } from "../../manifest/parse/expand-variables.ts";
import { defined } from "../../model/defined.ts";

export type ReadManifest = {
  readonly manifest: SyncManifest;
  /** The root file, absolute, and its folder with symbolic links resolved. */
  readonly path: string;
  readonly folder: string;
  /** The values of `${NAME}`. */
  readonly variables: Variables;
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
  const { read, diagnostics } = await loadManifest(context, flags, universes);
  await onFindings?.(diagnostics);
  context.stderr.write(renderDiagnostics(diagnostics, renderOptionsFor(context, "stderr", look)));
  return read;
}

/** The findings of all files, and the manifest if none of them is an error. */
export type Loaded = { readonly read?: ReadManifest; readonly diagnostics: readonly Diagnostic[] };

/** Returns the manifest with its findings, without printing them. */
export async function loadManifest(context: Context, flags: ManifestFlags, universes?: Universes): Promise<Loaded> {
  const cwd = process.cwd();
  // flags take precedence over the environment
  const { variables, diagnostics: unfit } = await readGiven(flags, environmentVariables(context));
  // without their values, the manifest would have findings that are only consequences
  if (unfit.length > 0) return { diagnostics: unfit };
  const { loadSyncManifest } = await import("../../load/sync-manifest-files.ts");
  const { manifest, diagnostics, path, folder } = await loadSyncManifest({
    cwd,
    variables,
    universes,
    ...defined({ path: flags.file }),
  });
  return { diagnostics, ...(manifest === undefined ? {} : { read: { manifest, path, folder, variables } }) };
}

/** Returns the values of --var and --var-file, after those of `before`, and the findings of files that are not valid. */
export async function readGiven(
  flags: Pick<ManifestFlags, "var" | "varFile">,
  before: readonly VariableSource[] = [],
): Promise<VariableFile> {
  const { readVariables } = await import("../../load/variable-files.ts");
  // both flags have one list, in their order
  return readVariables([...before, ...(flags.var ?? flags.varFile ?? [])], process.cwd());
}

function environmentVariables({ environment }: Context): readonly VariableSource[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith(VARIABLE_PREFIX) && value !== undefined
      ? [{ name: name.slice(VARIABLE_PREFIX.length), value }]
      : [],
  );
}
