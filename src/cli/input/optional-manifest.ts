import type { Command } from "commander";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { Context, Look } from "../terminal/context.ts";
import { collectVariable, type ManifestFlags } from "../terminal/options.ts";
import { readManifest } from "./read-manifest.ts";

export type RegistriesPart = { readonly manifest: Pick<SyncManifest, "registries">; readonly folder: string };

/** Flags of commands that need nothing of a manifest but what it says about registries. */
export function addOptionalManifestOptions(command: Command): Command {
  return command
    .option("-f, --file <file>", "read registry settings from this manifest (default: none)")
    .option("--var <name=value>", "a value for ${NAME} in the manifest; repeatable", collectVariable);
}

/**
 * What the manifest says about registries, and nothing where none was named: one that happens to lie in this folder does not
 * decide where credentials come from. Undefined after all that is wrong with it has been told on stderr.
 */
export async function readRegistriesPart(
  context: Context,
  flags: ManifestFlags,
  look: Look,
): Promise<RegistriesPart | undefined> {
  if (flags.file === undefined) return { manifest: { registries: new Map() }, folder: process.cwd() };
  return readManifest(context, flags, look);
}
