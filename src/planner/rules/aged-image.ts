import type { ErrorDetails } from "../../model/error.ts";
import type { Change } from "../../model/plan.ts";
import { formatReference } from "../../model/reference.ts";
import type { DatedImage } from "../facts/age.ts";

/** Returns the image whose age decides about a change: what a create or update copies from a registry. */
export function agedImageOf({ action, source, sourceDigest, platforms }: Change): DatedImage | undefined {
  if ((action !== "create" && action !== "update") || source.kind !== "registry" || sourceDigest === undefined)
    return undefined;
  return { reference: { repository: source.reference.repository, digest: sourceDigest }, platforms };
}

/** Returns the change as an error, because the age of its image could not be determined. */
export function withoutAge(change: Change, { reference }: DatedImage, error: ErrorDetails): Change {
  return { ...change, action: "error", error: { side: "source", reference: formatReference(reference), ...error } };
}
