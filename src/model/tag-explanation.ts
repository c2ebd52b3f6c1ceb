import type { CredentialSearch } from "./credential-search.ts";
import type { ErrorDetails } from "./error.ts";
import type { Change, EntryFailure } from "./plan.ts";
import type { Position } from "./position.ts";
import type { LiteralMapping, SelectorMapping } from "./sync-manifest.ts";

/** Why a tag is in the manifest or not, and what happens to it. */
export type Explanation = {
  readonly reference: string;
  /** One element per mapping of an entry with this repository, in the order of the manifest. */
  readonly mappings: readonly MappingExplanation[];
  readonly targets: readonly TargetExplanation[];
  /** Tag lists that could not be read, which leave mappings unknown. */
  readonly failures: readonly EntryFailure[];
  /** The entry with the most similar repository name. Set only if no entry has this repository. */
  readonly nearest?: { readonly position: Position; readonly repository: string };
};

export type MappingExplanation = {
  readonly position: Position;
  readonly role: "source" | "target";
  readonly source: string;
  readonly targets: readonly string[];
  readonly mapping: LiteralMapping | SelectorMapping;
  readonly outcome: MappingOutcome;
};

export type MappingOutcome =
  | TagOutcome
  /** Left out by `maxAge`. */
  | { readonly kind: "too-old" }
  /** A literal mapping of this tag. */
  | { readonly kind: "named" }
  /** A literal mapping of another tag. */
  | { readonly kind: "not-named" }
  | { readonly kind: "unlisted" }
  | { readonly kind: "unknown"; readonly error: ErrorDetails };

export type TargetExplanation = {
  readonly target: string;
  /** The immutable rule that covers the target. */
  readonly rule?: { readonly position: Position; readonly pattern: string };
  /** Undefined: not in the manifest. */
  readonly change?: Change;
};

/** Why a tag is synced or not, and with which credentials. */
export type TagExplanation = Explanation & {
  readonly credentials: readonly (CredentialSearch & { readonly side: "source" | "target" })[];
};

/** Why a selector keeps or drops a tag. The first step that drops it decides. */
export type TagOutcome =
  | { readonly kind: "selected" }
  /** Selectors never choose digest tags. */
  | { readonly kind: "digest-tag" }
  | { readonly kind: "unmatched"; readonly mismatch: TagMismatch }
  | { readonly kind: "excluded"; readonly pattern: string }
  /** Younger than `minAge`, and not counted by `latest`. */
  | { readonly kind: "too-young" }
  /** `rank` counts from the newest tag that is old enough, starting at 1. */
  | { readonly kind: "beyond-latest"; readonly rank: number; readonly latest: number };

/** Why a tag does not match the pattern of a selector. */
export type TagMismatch =
  | { readonly kind: "pattern" }
  /** `isLoose`: the tag is a version with `loose: true`. */
  | { readonly kind: "no-version"; readonly isLoose: boolean }
  | { readonly kind: "prerelease" }
  | { readonly kind: "outside-range" };
