import { type Diagnostic, ImgsyncError } from "../model/error.ts";
import { renderDiagnostics } from "../reporters/diagnostics.ts";
import { type Context, type Look, renderOptionsFor } from "./terminal/context.ts";

/**
 * Ends the command where something is wrong with files that images.yaml names.
 * @throws ImgsyncError MANIFEST_INVALID, after all that is wrong has been told on stderr
 */
export function refuseUnusable(context: Context, look: Look, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  context.stderr.write(renderDiagnostics(diagnostics, renderOptionsFor(context, "stderr", look)));
  throw new ImgsyncError({ code: "MANIFEST_INVALID", message: "files that the manifest names cannot be used" });
}
