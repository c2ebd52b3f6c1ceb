import { RegistryError } from "../http/error.ts";

/** Whether a registry refused a manifest because something that it names is not there. */
export function saysContentIsMissing(thrown: unknown): boolean {
  return (
    thrown instanceof RegistryError &&
    (thrown.facts.items ?? []).some(
      ({ code }) => code === "MANIFEST_BLOB_UNKNOWN" || code === "BLOB_UNKNOWN" || code === "MANIFEST_UNKNOWN",
    )
  );
}
