import type { Attachment } from "./attachment.ts";
import type { Digest } from "./digest.ts";
import type { ErrorDetails } from "./error.ts";
import type { Position } from "./position.ts";
import { formatReference, type Reference, type Repository, type TagReference } from "./reference.ts";
import type { EngineName, Entry, Platforms, Referrers, ReferrersAt, TagMapping } from "./sync-manifest.ts";

/** The action for a target tag. `missing`: nothing to do, because the source tag is absent and optional. */
export const ACTIONS = ["create", "update", "attach", "delete", "held", "missing", "none", "blocked", "error"] as const;
export type Action = (typeof ACTIONS)[number];

/** The desired image of a target tag. Of the registries, only the tag lists that selectors need are known at this point. */
export type Mapping = {
  /** The entry and its mapping. All settings of the image are read there. */
  readonly origin: Origin;
  readonly source: ImageSource;
  readonly target: TagReference;
  readonly isLatestImplied: boolean;
  /** The tag whose digest comes from the lock file. */
  readonly lockedTag?: string;
  /** The source tag may be missing. */
  readonly isOptional?: true;
  /** The source tag was missing when the lock file was written. */
  readonly isLockedMissing?: true;
};

/** The part of the manifest that something comes from: an entry and an element of its `tags`. */
export type Origin = { readonly entry: Entry; readonly mapping: TagMapping };

export type ImageSource =
  /** A tag, a digest, or both (a pin that is verified). */
  | { readonly kind: "registry"; readonly reference: Reference }
  | { readonly kind: "docker-daemon"; readonly image: string };

/** What happens to one target tag. `notes` are for people and never decide anything. */
export type Change = {
  readonly action: Action;
  readonly source: ImageSource;
  readonly target: TagReference;
  /**
   * Several if equal mappings share a target tag. Never part of a document: a change of a saved plan gets its origins when it is compared
   * with the manifest, and rules cannot use it before that.
   */
  readonly origins?: readonly Origin[];
  readonly positions: readonly Position[];
  readonly engine: EngineName;
  readonly platforms: Platforms;
  readonly referrers: Referrers;
  /** Set if attachments are in other repositories than the image. */
  readonly referrersAt?: ReferrersAt;
  /** The digest to read at the source: the full index if `wanted` is a subset of it. */
  readonly sourceDigest?: Digest;
  /** The digest that the target tag must point at after the change. */
  readonly wanted?: Digest;
  /** The digest that the target tag pointed at when the plan was made. Null: no such tag. Undefined: unknown. */
  readonly observed?: Digest | null;
  /** The size of all blobs of the image, each counted once, including those that the target may already have. */
  readonly bytes?: number;
  /** The most bytes that the change transfers: blobs that an earlier change brings to the host, or that are mounted there, do not count. */
  readonly transferBytes?: number;
  /** Attachments to copy, before the tag if it moves. With `attach`: those that the target lacks. */
  readonly attachments?: readonly Attachment[];
  /** Where `observed` is kept if the tag is updated. */
  readonly backup?: Backup;
  /** Set with `held`, if the image is too young. */
  readonly held?: Held;
  readonly block?: Block;
  readonly error?: ErrorDetails;
  /** Human-readable: "latest implied", "2 platforms left behind". */
  readonly notes: readonly string[];
};

/** Why and how long an image is held back: it is too young to be copied. */
export type Held = {
  readonly since: Date;
  /** `registry`: when the image arrived at the source, according to the registry. `image`: when it was built, according to its config. */
  readonly by: "registry" | "image";
  /** When the image may be copied. */
  readonly due: Date;
};

/** A tag of the target repository that keeps the previous image of an updated tag. */
export type Backup = {
  readonly tag: string;
  /** The digest that the tag pointed at when the plan was made. Null: no such tag. */
  readonly observed: Digest | null;
};

/** Why a tag must not move. */
export type Block =
  | { readonly kind: "rule"; readonly position: Position; readonly pattern: string }
  | { readonly kind: "registry"; readonly host: string; readonly message: string };

/** A part of an entry without changes, because its tags are unknown: a list failed, or a selector matched nothing. */
export type EntryFailure = {
  /** Never part of a document. */
  readonly origins?: readonly Origin[];
  readonly positions: readonly Position[];
  readonly source: Repository;
  readonly targets: readonly Repository[];
  readonly error: ErrorDetails;
};

export type Plan = {
  readonly manifestHash: Digest;
  /** The manifest's root file, relative to the folder in which the plan was made. Undefined if it was not read from a file. */
  readonly manifest?: string;
  /** In the order of the manifest. */
  readonly changes: readonly Change[];
  /** Counts like `error` changes: a plan with failures is not clean. Undefined if there are none. */
  readonly failures?: readonly EntryFailure[];
  /** The parts of the plan that several machines apply. Each target repository is in one of them. Undefined: the plan is not divided. */
  readonly shards?: readonly Shard[];
  /**
   * When a divided plan was made. Without it, a plan with the changes of an earlier one would have its checksum, and reports of the earlier
   * plan would stand for shards that were never applied. Set if `shards` is.
   */
  readonly madeAt?: Date;
  /** The checksum of the document that the plan was read from. Undefined for a plan that was not saved. */
  readonly checksum?: Digest;
  /** The repositories that patterns selected. Undefined if the manifest has no patterns. */
  readonly catalogs?: readonly FoundRepositories[];
};

/** A part of a plan: all changes of these target repositories. */
export type Shard = { readonly repositories: readonly Repository[] };

/** The repositories that a pattern selected, as `HOST/PATH`. */
export type FoundRepositories = {
  /** `registry.example.com/team/**` */
  readonly pattern: string;
  readonly position: Position;
  readonly repositories: readonly string[];
};

export type AttachmentPlaces = { readonly source: Repository; readonly target: Repository };

/** The repositories that attachments are read from and written to; undefined for a local image, which has none. */
export function attachmentPlaces({
  source,
  target,
  referrersAt = {},
}: Pick<Change, "source" | "target" | "referrersAt">): AttachmentPlaces | undefined {
  if (source.kind !== "registry") return undefined;
  return { source: referrersAt.source ?? source.reference.repository, target: referrersAt.target ?? target.repository };
}

/** The number of changes per action. */
export type Counts = Readonly<Record<Action, number>>;

export function countActions(changes: readonly Change[]): Counts {
  const counts = Object.fromEntries(ACTIONS.map((action) => [action, 0])) as Record<Action, number>;
  for (const { action } of changes) counts[action] += 1;
  return counts;
}

/** The most bytes that a change transfers; undefined if unknown. */
export function transferBytesOf({ transferBytes, bytes }: Change): number | undefined {
  return transferBytes ?? bytes;
}

/** Whether an update also writes its backup, which may exist already. */
export function writesBackup({ action, backup, observed }: Change): boolean {
  return action === "update" && backup !== undefined && backup.observed !== observed;
}

/** Returns the origins of a change. A saved change must have been compared with the manifest before. */
export function originsOf({ origins, target }: Change): readonly Origin[] {
  if (origins === undefined) throw new Error(`a change without its origins: ${formatReference(target)}`);
  return origins;
}

/** The entries that a change comes from, without duplicates. */
export function entriesOf(change: Change): readonly Entry[] {
  return [...new Set(originsOf(change).map(({ entry }) => entry))];
}

/** Whether the action writes to a registry. */
export function isMoving({ action }: Change): boolean {
  return action === "create" || action === "update" || action === "attach" || action === "delete";
}

/** Whether the action copies an image, or what refers to it, to the target. */
export function isCopy(change: Change): boolean {
  return isMoving(change) && change.action !== "delete";
}
