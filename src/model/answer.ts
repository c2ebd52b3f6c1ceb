import type { Digest } from "./digest.ts";
import type { ErrorDetails } from "./error.ts";
import type { ListedImage } from "./image-list.ts";

/** An answer, or why there is none. `absent`: the registry says that it does not exist. */
export type Answer<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "absent"; readonly reason?: AbsenceReason }
  | { readonly kind: "failed"; readonly error: ErrorDetails };

/** What a registry says about content that it does not have: some hide there why they do not serve it. */
export type AbsenceReason = {
  readonly said: string;
  readonly hint?: string;
  /** It says that there is no such repository: of a repository whose tags were listed, that proves nothing. */
  readonly isOfRepository?: true;
};

/** The tags of a repository. Names that are no tags by the grammar are left out and counted. */
export type TagList = {
  readonly tags: readonly string[];
  readonly skipped: number;
  /** There are more pages than were asked for: it says nothing about tags that it does not have. */
  readonly isPartial?: true;
  /** Where the registry's list carries digests (Google's `manifest` map), so that no HEAD is needed. */
  readonly digests?: ReadonlyMap<string, Digest>;
  /** What such a list tells about the images themselves, those without a tag included. */
  readonly images?: ReadonlyMap<Digest, ListedImage>;
};
