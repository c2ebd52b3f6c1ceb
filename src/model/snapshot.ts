import type { CredentialLife } from "./credential-life.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import type { ErrorDetails } from "./error.ts";
import type { ListedImage } from "./image-list.ts";
import type { LocalImage } from "./local-image.ts";
import type { ManifestContent } from "./manifest.ts";
import type { Preflight, RepositoryAccess } from "./preflight.ts";
import {
  type DigestReference,
  formatRepository,
  type Reference,
  type Repository,
  type TagReference,
} from "./reference.ts";
import type { SignaturePolicy } from "./sync-manifest.ts";
import type { TagPolicy } from "./tag-policy.ts";

/**
 * What the planner wants to know about the world. It asks, the executor reads, and the answers make the Snapshot; the
 * planner is asked again until it has no more questions.
 */
export type Question =
  /** The tags of a repository: all, or as many as stand on the first pages. */
  | { readonly kind: "tags"; readonly repository: Repository; readonly pages?: number }
  /** Where a tag or digest points: one HEAD. */
  | { readonly kind: "resolve"; readonly reference: Reference; readonly side: "source" | "target" }
  /** Whether a target tag that must not move is absent by GET too, after HEAD said so. */
  | { readonly kind: "absence"; readonly reference: TagReference }
  /** What refers to a manifest. `absent`: the host cannot tell, so that only digest tags do. */
  | { readonly kind: "referrers"; readonly reference: DigestReference; readonly side: "source" | "target" }
  /** The bytes of a manifest, by digest. */
  | { readonly kind: "manifest"; readonly reference: DigestReference }
  /** When an image was made, as its config says. `absent`: it does not say. */
  | { readonly kind: "created"; readonly repository: Repository; readonly config: Descriptor }
  /** Which of these tags, all that would be written there, the registry says are immutable. */
  | { readonly kind: "tag-policy"; readonly repository: Repository; readonly tags: readonly string[] }
  /** What the registry says stands in the way. */
  | { readonly kind: "preflight"; readonly repository: Repository; readonly access: RepositoryAccess }
  /** How long what the registry is shown lives. `absent`: no end is known. */
  | { readonly kind: "credential-life"; readonly repository: Repository }
  /** Whether an image is signed as the manifest requires. `absent`: nobody may look. */
  | { readonly kind: "signature"; readonly image: DigestReference; readonly policy: SignaturePolicy }
  /** An image of this machine's docker, by name or ID. */
  | { readonly kind: "local-image"; readonly image: string };

/** What a registry says about content that it does not have: some hide there why they do not serve it. */
export type AbsenceReason = { readonly said: string; readonly hint?: string };

/** An answer, or why there is none. `absent`: the registry says that it does not exist. */
export type Answer<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "absent"; readonly reason?: AbsenceReason }
  | { readonly kind: "failed"; readonly error: ErrorDetails };

/** What the registries said, keyed by the text of the repository or reference (formatRepository, formatReference). */
export type Snapshot = {
  readonly tags: ReadonlyMap<string, Answer<TagList>>;
  readonly resolved: ReadonlyMap<string, Answer<Descriptor>>;
  /** What GET by tag found where HEAD found nothing. */
  readonly absences: ReadonlyMap<string, Answer<Descriptor>>;
  readonly manifests: ReadonlyMap<string, Answer<ManifestContent>>;
  /** By repository and digest of the config. */
  readonly created: ReadonlyMap<string, Answer<Date>>;
  /** By name or ID, as the manifest has it. */
  readonly localImages: ReadonlyMap<string, Answer<LocalImage>>;
  readonly referrers: ReadonlyMap<string, Answer<readonly Descriptor[]>>;
  readonly tagPolicies: ReadonlyMap<string, Answer<TagPolicy>>;
  /** By {@link preflightKey}. */
  readonly preflights: ReadonlyMap<string, Answer<Preflight>>;
  readonly credentialLives: ReadonlyMap<string, Answer<CredentialLife>>;
  /** By signatureKey: `found` is proof. */
  readonly signatures: ReadonlyMap<string, Answer<true>>;
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

export const EMPTY_SNAPSHOT: Snapshot = {
  tags: new Map(),
  resolved: new Map(),
  absences: new Map(),
  manifests: new Map(),
  created: new Map(),
  localImages: new Map(),
  referrers: new Map(),
  tagPolicies: new Map(),
  preflights: new Map(),
  credentialLives: new Map(),
  signatures: new Map(),
};

/** `write HOST/PATH` */
export function preflightKey(repository: Repository, access: RepositoryAccess): string {
  return `${access} ${formatRepository(repository)}`;
}
