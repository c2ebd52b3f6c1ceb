import type { Diagnostic } from "../../model/error.ts";
import { ManifestError } from "../../model/findings.ts";

/** @throws ManifestError where something is wrong with files that images.yaml names */
export function refuseUnusable(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0) throw new ManifestError("files that the manifest names cannot be used", diagnostics);
}
