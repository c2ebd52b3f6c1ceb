import type { Setup } from "../../app/session/session.ts";
import type { Context, Look } from "../terminal/context.ts";
import {
  type LockFlags,
  type ManifestFlags,
  type NetworkFlags,
  toConfigFlags,
  type WriteFlags,
} from "../terminal/options.ts";
import { worldOf } from "../terminal/world.ts";
import { isUntrusted } from "./is-untrusted.ts";
import { readLocked } from "./read-locked.ts";
import { type OnFindings, readManifest, type ReadManifest } from "./read-manifest.ts";
import { readSettings } from "./read-settings.ts";

/** Everything a command has before the first request, and how it prints. */
export type CommandSetup = Setup & ReadManifest & { readonly context: Context; readonly look: Look };

/** Reads settings and manifest. Returns undefined if the manifest is not valid, after printing all findings on stderr. */
export async function readSetup(
  context: Context,
  flags: ManifestFlags & NetworkFlags & WriteFlags,
  onFindings?: OnFindings,
): Promise<CommandSetup | undefined> {
  const settings = await readSettings(context, toConfigFlags(flags));
  const look: Look = { color: settings.color, verbose: flags.verbose === true };
  const read = await readManifest(context, flags, look, { universes: settings.universes, onFindings });
  if (read === undefined) return undefined;
  const untrusted = await isUntrusted(context, flags, look);
  return { ...read, context, world: worldOf(context), settings, look, untrusted };
}

/** Like {@link readSetup}, with the lock file next to the manifest applied. */
export async function readLockedSetup(
  context: Context,
  flags: ManifestFlags & NetworkFlags & WriteFlags & LockFlags,
): Promise<CommandSetup | undefined> {
  const setup = await readSetup(context, flags);
  return setup && readLocked(setup, flags, setup);
}
