import type { Digest } from "../../model/digest.ts";

/** A tag for an image that other tools keep by its digest alone: some registries remove images without a tag. */
export function digestTag(digest: Digest): string {
  return `digest-${digest.slice(digest.indexOf(":") + 1).slice(0, 12)}`;
}
