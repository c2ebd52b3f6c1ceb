import { formatPosition } from "../../model/position.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { renderDiagnostics } from "../../reporters/diagnostics.ts";
import type { Loaded } from "../../app/watch/watch.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import type { LockFlags, ManifestFlags } from "../terminal/options.ts";
import { readLocked } from "./read-locked.ts";
import { loadManifest } from "./read-manifest.ts";
import type { CommandSetup } from "./setup.ts";

/** Reads the manifest and its lock again. Findings go to stderr if they changed. */
export function createLoad(
  context: Context,
  flags: ManifestFlags & LockFlags,
  setup: Pick<CommandSetup, "look" | "settings">,
): () => Promise<Loaded> {
  let last = "";
  return async () => {
    let text = "";
    const write = (more: string): boolean => {
      text += more;
      return true;
    };
    try {
      return await load({ ...context, stderr: { ...context.stderr, write } }, flags, setup);
    } finally {
      if (text !== last) context.stderr.write(text);
      last = text;
    }
  };
}

/** @throws ImgsyncError LOCK_OUTDATED, LOCK_INVALID, MANIFEST_UNREADABLE */
async function load(
  context: Context,
  flags: ManifestFlags & LockFlags,
  { look, settings }: Pick<CommandSetup, "look" | "settings">,
): Promise<Loaded> {
  const { read, diagnostics } = await loadManifest(context, flags, settings.universes);
  context.stderr.write(renderDiagnostics(diagnostics, renderOptionsFor(context, "stderr", look)));
  if (read !== undefined) {
    const locked: { readonly manifest: SyncManifest } = await readLocked(read, flags, { context, look });
    return { manifest: locked.manifest };
  }
  const first = diagnostics.find(({ severity }) => severity === "error");
  return { problem: first === undefined ? "it is not valid" : `${formatPosition(first.position)}: ${first.message}` };
}
