import { digestOf } from "../model/digest.ts";
import { type Lock, type LockedWish, lockKey } from "../model/lock.ts";
import type { Position } from "../model/position.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import type { Entry, LiteralWish, SyncManifest, TagWish } from "../model/sync-manifest.ts";
import { wishText } from "../selectors/wish-text.ts";
import { formatLock } from "./lock-file.ts";
import { select } from "../selectors/select.ts";
import { literalFor } from "../selectors/selector-names.ts";

/** A wish that a lock can hold: at a registry, and not pinned already. */
export type Lockable = {
  readonly repository: Repository;
  readonly source: string;
  readonly wish: string;
  readonly tagWish: TagWish;
  readonly optional: boolean;
  readonly positions: readonly Position[];
};

export type LockedManifest = {
  readonly manifest: SyncManifest;
  /** Wishes that the lock does not have. */
  readonly missing: readonly Lockable[];
  /** What the lock has for wishes that are no more. */
  readonly unused: readonly LockedWish[];
};

/** Every wish that a lock can hold, equal ones for one source as one, in the order of the manifest. */
export function lockables({ entries }: SyncManifest): readonly Lockable[] {
  const found = new Map<string, Lockable>();
  for (const entry of entries) {
    for (const tagWish of entry.tags) {
      const one = lockableOf(entry, tagWish);
      if (one === undefined) continue;
      const met = found.get(lockKey(one));
      const both = met && { optional: met.optional && one.optional, positions: [...met.positions, ...one.positions] };
      found.set(lockKey(one), { ...one, ...both });
    }
  }
  return [...found.values()];
}

/** The manifest with what the lock says in the place of tags and selectors. Its hash covers both. */
export function applyLock(manifest: SyncManifest, lock: Lock): LockedManifest {
  const known = new Map(lock.locked.map((one) => [lockKey(one), one]));
  const wished = lockables(manifest);
  const used = new Set(wished.map(lockKey));
  const missing = wished.filter((one) => !isComplete(one, known.get(lockKey(one))));
  return {
    manifest: {
      ...manifest,
      entries: manifest.entries.map((entry) => ({
        ...entry,
        ...lockedSelectorsOf(entry),
        tags: entry.tags.flatMap((wish) => pin(entry, wish, known)),
      })),
      hash: digestOf(`${manifest.hash}\n${formatLock(lock)}`),
    },
    missing,
    unused: lock.locked.filter((one) => !used.has(lockKey(one))),
  };
}

/** What tells which tags are the entry's own stays known. */
function lockedSelectorsOf({ tags }: Entry): Pick<Entry, "lockedSelectors"> {
  const lockedSelectors = tags.filter((wish) => wish.kind === "selector");
  return lockedSelectors.length === 0 ? {} : { lockedSelectors };
}

/** Whether the lock has what the wish stands for, and nothing that it could not: somebody may have edited the file. */
export function isComplete({ tagWish, optional }: Lockable, locked: LockedWish | undefined): locked is LockedWish {
  if (locked === undefined) return false;
  const { tags } = locked;
  if (tagWish.kind === "selector") {
    return (optional || tags.size > 0) && select([...tags.keys()], tagWish).selected.length === tags.size;
  }
  // it was missing, as it may be
  if (tags.size === 0) return optional;
  return tagWish.from.tag !== undefined && tags.size === 1 && tags.has(tagWish.from.tag);
}

function pin(entry: Entry, wish: TagWish, known: ReadonlyMap<string, LockedWish>): readonly TagWish[] {
  const lockable = lockableOf(entry, wish);
  if (lockable === undefined) return [wish];
  const locked = known.get(lockKey(lockable));
  if (locked === undefined) return [];
  const { tags } = locked;
  const pinned = (tag: string, literal: Omit<LiteralWish, "from">): readonly LiteralWish[] => {
    const digest = tags.get(tag);
    return digest === undefined ? [] : [{ ...literal, from: { digest }, lockedTag: tag }];
  };
  // a tag that was missing is declared as ever: whatever its target has stays
  if (wish.kind === "literal" && tags.size === 0 && entry.optional) return [{ ...wish, isLockedMissing: true }];
  if (wish.kind === "literal") return pinned(wish.from.tag ?? "", wish);
  return [...tags.keys()].flatMap((tag) => pinned(tag, literalFor(wish, tag)));
}

function lockableOf({ source, optional }: Entry, tagWish: TagWish): Lockable | undefined {
  if (source.kind !== "registry") return undefined;
  if (tagWish.kind === "literal" && tagWish.from.digest !== undefined) return undefined;
  return {
    repository: source.repository,
    source: formatRepository(source.repository),
    wish: wishText(tagWish),
    tagWish,
    optional,
    positions: [tagWish.position],
  };
}
