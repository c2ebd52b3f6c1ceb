import { formatPosition } from "../../model/position.ts";
import { renderDiagnostics } from "../../reporters/diagnostics.ts";
import type { Loaded } from "../../watch/watch.ts";
import { type Context, type Look, renderOptionsFor } from "../context.ts";
import type { ManifestFlags } from "../options.ts";
import { loadManifest } from "../read-manifest.ts";

/** Reads the manifest again; what is wrong with it is told on stderr when it is new. */
export function createLoad(context: Context, flags: ManifestFlags, look: Look): () => Promise<Loaded> {
  let told = "";
  return async () => {
    const { manifest, diagnostics } = await loadManifest(context, flags);
    const text = renderDiagnostics(diagnostics, renderOptionsFor(context, "stderr", look));
    if (text !== told) context.stderr.write(text);
    told = text;
    if (manifest !== undefined) return { manifest };
    const first = diagnostics.find(({ severity }) => severity === "error");
    return { problem: first === undefined ? "it is not valid" : `${formatPosition(first.position)}: ${first.message}` };
  };
}
