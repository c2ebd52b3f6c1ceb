import type { Diagnostic } from "../../model/error.ts";
import { ManifestError } from "../../model/findings.ts";

/** @throws ManifestError if there are findings about files that images.yaml refers to */
export function refuseUnusable(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0) throw new ManifestError("files that the manifest names cannot be used", diagnostics);
}
