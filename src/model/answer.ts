import type { Digest } from "./digest.ts";
import type { ErrorDetails } from "./error.ts";
import type { ListedImage } from "./image-list.ts";

/** An answer, or why there is none. `absent`: the registry says that the thing does not exist. */
export type Answer<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "absent"; readonly reason?: AbsenceReason }
  | { readonly kind: "failed"; readonly error: ErrorDetails };

/** What a registry says about content that it does not have. Some registries put the reason for a refusal here. */
export type AbsenceReason = {
  readonly said: string;
  readonly hint?: string;
  /** The registry says that the repository does not exist. This proves nothing if the repository's tags could be listed. */
  readonly isOfRepository?: true;
};

/** The tags of a repository. Names that do not match the tag grammar are skipped and counted. */
export type TagList = {
  readonly tags: readonly string[];
  readonly skipped: number;
  /** The list has more pages than were requested: a tag that is not in it may still exist. */
  readonly isPartial?: true;
  /** Set if the registry's list carries digests (Google's `manifest` map), so that no HEAD is needed. */
  readonly digests?: ReadonlyMap<string, Digest>;
  /** What such a list says about the images, including untagged ones. */
  readonly images?: ReadonlyMap<Digest, ListedImage>;
};
