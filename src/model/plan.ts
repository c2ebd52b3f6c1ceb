import type { Attachment } from "./attachment.ts";
import type { Digest } from "./digest.ts";
import type { ErrorDetails } from "./error.ts";
import type { Position } from "./position.ts";
import { formatReference, type Reference, type Repository, type TagReference } from "./reference.ts";
import type { EngineName, Entry, Platforms, Referrers, TagMapping } from "./sync-manifest.ts";

/** What happens to a target tag. `missing`: nothing, since its source tag is not there and need not be. */
export const ACTIONS = ["create", "update", "attach", "delete", "held", "missing", "none", "blocked", "error"] as const;
export type Action = (typeof ACTIONS)[number];

/** What must be at a target tag, before anything is known about the registries but the tag lists that selectors need. */
export type Mapping = {
  /** Where it was written. All that the entry says about its images is read there. */
  readonly origin: Origin;
  readonly source: ImageSource;
  readonly target: TagReference;
  readonly isLatestImplied: boolean;
  /** The digest stands for this tag by the lock file. */
  readonly lockedTag?: string;
  /** The source tag may be missing. */
  readonly isOptional?: true;
  /** It was missing when the lock file was written. */
  readonly isLockedMissing?: true;
};

/** What of the manifest something comes from: an entry, and the element of its `tags`. */
export type Origin = { readonly entry: Entry; readonly mapping: TagMapping };

export type ImageSource =
  /** Tag, digest, or tag and digest (a pin that is checked). */
  | { readonly kind: "registry"; readonly reference: Reference }
  | { readonly kind: "docker-daemon"; readonly image: string };

/** One target tag with what becomes of it. Decisions read the data; `reason` and `notes` are for people only. */
export type Change = {
  readonly action: Action;
  readonly source: ImageSource;
  readonly target: TagReference;
  /**
   * What it comes from; several where equal wishes met on one tag. Never part of a document: a change of a saved plan gets its
   * origins when it is read and compared with the manifest, and is no use to a rule before.
   */
  readonly origins?: readonly Origin[];
  readonly positions: readonly Position[];
  readonly engine: EngineName;
  readonly platforms: Platforms;
  readonly referrers: Referrers;
  /** What is read at the source: the index itself where `wanted` is a subset of it. */
  readonly sourceDigest?: Digest;
  /** What the target tag must point at afterwards. */
  readonly wanted?: Digest;
  /** What it pointed at when the plan looked; null: it was not there. Undefined: nobody could tell. */
  readonly observed?: Digest | null;
  /** Bytes of the blobs under it, each counted once, before anything is found to be there already. */
  readonly bytes?: number;
  /** What travels along, before the tag where it moves. With `attach`: what the target lacks. */
  readonly attachments?: readonly Attachment[];
  /** Where `observed` is kept before an update. */
  readonly backup?: Backup;
  /** With `held`: why, and how long. */
  readonly held?: Held;
  readonly block?: Block;
  readonly error?: ErrorDetails;
  /** For people: "latest implied", "2 platforms left behind". */
  readonly notes: readonly string[];
};

/** An image that is too young to be copied. */
export type Held = {
  readonly since: Date;
  /** `registry`: when it came to the source, as that says. `image`: when it was made, as it says itself. */
  readonly by: "registry" | "image";
  /** When it may be copied. */
  readonly due: Date;
};

/** A tag of the target repository that keeps the image which another one is moved away from. */
export type Backup = {
  readonly tag: string;
  /** What it pointed at when the plan looked; null: it was not there. */
  readonly observed: Digest | null;
};

/** Why a tag must not move. */
export type Block =
  | { readonly kind: "rule"; readonly position: Position; readonly pattern: string }
  | { readonly kind: "registry"; readonly host: string; readonly message: string };

/** A part of an entry that could not become changes, because nobody knows its tags: a list that failed, a selector without a match. */
export type EntryFailure = {
  /** What it comes from. Never part of a document. */
  readonly origins?: readonly Origin[];
  readonly positions: readonly Position[];
  readonly source: Repository;
  readonly targets: readonly Repository[];
  readonly error: ErrorDetails;
};

export type Plan = {
  readonly manifestHash: Digest;
  /** In the order of the manifest. */
  readonly changes: readonly Change[];
  /** Counts as `error` changes do: a plan with one of these is not clean. Left out where there is none. */
  readonly failures?: readonly EntryFailure[];
};

/** How many changes there are of each action. */
export type Counts = Readonly<Record<Action, number>>;

export function countActions(changes: readonly Change[]): Counts {
  const counts = Object.fromEntries(ACTIONS.map((action) => [action, 0])) as Record<Action, number>;
  for (const { action } of changes) counts[action] += 1;
  return counts;
}

/** Whether an update writes its backup too: it may be there already. */
export function writesBackup({ action, backup, observed }: Change): boolean {
  return action === "update" && backup !== undefined && backup.observed !== observed;
}

/** What a change comes from, for rules: one that was saved must have been compared with the manifest before. */
export function originsOf({ origins, target }: Change): readonly Origin[] {
  if (origins === undefined) throw new Error(`a change without its origins: ${formatReference(target)}`);
  return origins;
}

/** The entries that a change comes from, each once. */
export function entriesOf(change: Change): readonly Entry[] {
  return [...new Set(originsOf(change).map(({ entry }) => entry))];
}

/** Actions that write to a registry. */
export function isMoving({ action }: Change): boolean {
  return action === "create" || action === "update" || action === "attach" || action === "delete";
}
