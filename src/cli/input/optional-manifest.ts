import type { Command } from "commander";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { Context, Look } from "../terminal/context.ts";
import { addVariableOptions, type ManifestFlags } from "../terminal/options.ts";
import { readManifest } from "./read-manifest.ts";

export type RegistriesPart = { readonly manifest: Pick<SyncManifest, "registries">; readonly folder: string };

/** Flags of commands that only use the registry settings of a manifest. */
export function addOptionalManifestOptions(command: Command): Command {
  return addVariableOptions(
    command.option("-f, --file <file>", "read registry settings from this manifest (default: none)"),
  );
}

/**
 * Returns the registry settings of the manifest, or none if no manifest was named: a manifest that happens to be in this folder must not
 * decide where credentials come from. Returns undefined if it is not valid, after printing all findings on stderr.
 */
export async function readRegistriesPart(
  context: Context,
  flags: ManifestFlags,
  look: Look,
): Promise<RegistriesPart | undefined> {
  if (flags.file === undefined) return { manifest: { registries: new Map() }, folder: process.cwd() };
  return readManifest(context, flags, look);
}
