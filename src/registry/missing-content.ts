import { RegistryError } from "../http/error.ts";

/** Reports whether a registry refused a manifest because content that it references is missing. */
export function saysContentIsMissing(thrown: unknown): boolean {
  return (
    thrown instanceof RegistryError &&
    (thrown.facts.items ?? []).some(
      ({ code }) => code === "MANIFEST_BLOB_UNKNOWN" || code === "BLOB_UNKNOWN" || code === "MANIFEST_UNKNOWN",
    )
  );
}
