import { digestOf } from "../model/digest.ts";
import { type Lock, type LockedMapping, lockKey } from "../model/lock.ts";
import type { Position } from "../model/position.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import type { Entry, LiteralMapping, SyncManifest, TagMapping } from "../model/sync-manifest.ts";
import { mappingText } from "../selectors/mapping-text.ts";
import { formatLock } from "./lock-file.ts";
import { select } from "../selectors/select.ts";
import { literalFor } from "../selectors/selector-names.ts";

/** A mapping that a lock can hold: from a registry, and not pinned in the manifest. */
export type Lockable = {
  readonly repository: Repository;
  readonly source: string;
  readonly mapping: string;
  readonly tagMapping: TagMapping;
  readonly optional: boolean;
  readonly positions: readonly Position[];
};

export type LockedManifest = {
  readonly manifest: SyncManifest;
  /** Mappings without a complete element in the lock. */
  readonly missing: readonly Lockable[];
  /** Elements of the lock without a mapping in the manifest. */
  readonly unused: readonly LockedMapping[];
};

/** Returns all mappings that a lock can hold, in the order of the manifest. Equal mappings of one source share an element. */
export function lockables({ entries }: SyncManifest): readonly Lockable[] {
  const found = new Map<string, Lockable>();
  for (const entry of entries) {
    for (const tagMapping of entry.tags) {
      const one = lockableOf(entry, tagMapping);
      if (one === undefined) continue;
      const met = found.get(lockKey(one));
      const both = met && { optional: met.optional && one.optional, positions: [...met.positions, ...one.positions] };
      found.set(lockKey(one), { ...one, ...both });
    }
  }
  return [...found.values()];
}

/** Replaces tags and selectors by the digests of the lock. The hash covers both files. */
export function applyLock(manifest: SyncManifest, lock: Lock): LockedManifest {
  const known = new Map(lock.locked.map((one) => [lockKey(one), one]));
  const declared = lockables(manifest);
  const used = new Set(declared.map(lockKey));
  const missing = declared.filter((one) => !isComplete(one, known.get(lockKey(one))));
  return {
    manifest: {
      ...manifest,
      entries: manifest.entries.map((entry) => ({
        ...entry,
        ...lockedSelectorsOf(entry),
        tags: entry.tags.flatMap((mapping) => pin(entry, mapping, known)),
      })),
      hash: digestOf(`${manifest.hash}\n${formatLock(lock)}`),
    },
    missing,
    unused: lock.locked.filter((one) => !used.has(lockKey(one))),
  };
}

/** Keeps the replaced selectors, which decide the tags that the entry owns. */
function lockedSelectorsOf({ tags }: Entry): Pick<Entry, "lockedSelectors"> {
  const lockedSelectors = tags.filter((mapping) => mapping.kind === "selector");
  return lockedSelectors.length === 0 ? {} : { lockedSelectors };
}

/** Whether the lock has the tags of a mapping, and no tags that it cannot have: the file may have been edited. */
export function isComplete(
  { tagMapping, optional }: Lockable,
  locked: LockedMapping | undefined,
): locked is LockedMapping {
  if (locked === undefined) return false;
  const { tags } = locked;
  if (tagMapping.kind === "selector") {
    return (optional || tags.size > 0) && select([...tags.keys()], tagMapping).selected.length === tags.size;
  }
  // the tag was missing, which is allowed
  if (tags.size === 0) return optional;
  return tagMapping.from.tag !== undefined && tags.size === 1 && tags.has(tagMapping.from.tag);
}

function pin(entry: Entry, mapping: TagMapping, known: ReadonlyMap<string, LockedMapping>): readonly TagMapping[] {
  const lockable = lockableOf(entry, mapping);
  if (lockable === undefined) return [mapping];
  const locked = known.get(lockKey(lockable));
  if (locked === undefined) return [];
  const { tags } = locked;
  const pinned = (tag: string, literal: Omit<LiteralMapping, "from">): readonly LiteralMapping[] => {
    const digest = tags.get(tag);
    return digest === undefined ? [] : [{ ...literal, from: { digest }, lockedTag: tag }];
  };
  // a missing tag stays declared, so that its target tag is kept
  if (mapping.kind === "literal" && tags.size === 0 && entry.optional) return [{ ...mapping, isLockedMissing: true }];
  if (mapping.kind === "literal") return pinned(mapping.from.tag ?? "", mapping);
  return [...tags.keys()].flatMap((tag) => pinned(tag, literalFor(mapping, tag)));
}

/** Repositories that a pattern selects are not locked: which of them exist is not in the manifest. */
function lockableOf({ source, optional, isFound }: Entry, tagMapping: TagMapping): Lockable | undefined {
  if (source.kind !== "registry" || isFound === true) return undefined;
  if (tagMapping.kind === "literal" && tagMapping.from.digest !== undefined) return undefined;
  return {
    repository: source.repository,
    source: formatRepository(source.repository),
    mapping: mappingText(tagMapping),
    tagMapping,
    optional,
    positions: [tagMapping.position],
  };
}
