import { formatRepository } from "../../model/reference.ts";
import type { Entry, SyncManifest } from "../../model/sync-manifest.ts";

/** Returns the number of entries for each schedule. Entries without a schedule have the default. */
export function countSchedules(manifest: SyncManifest, defaultSchedule: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { schedule = defaultSchedule } of allEntries(manifest))
    counts.set(schedule, (counts.get(schedule) ?? 0) + 1);
  return counts;
}

/**
 * Returns the manifest with the entries that are due, and all entries that share a repository with one that is written. Conflicts between
 * mappings of one tag, and tags that no mapping declares or reads any more, can only be detected if all of these entries are planned
 * together. A pattern may write to every repository below its targets, and read every one below its source.
 */
export function entriesDue(manifest: SyncManifest, due: readonly string[], defaultSchedule: string): SyncManifest {
  const { entries, catalogs = [] } = manifest;
  const patterns = new Set(catalogs.map(({ entry }) => entry));
  const all = allEntries(manifest);
  const schedules = new Set(due);
  const chosen = new Set(all.filter(({ schedule = defaultSchedule }) => schedules.has(schedule)));
  const written = createNames();
  const read = createNames();
  const take = (entry: Entry): void => {
    chosen.add(entry);
    written.add(targetsOf(entry), patterns.has(entry));
    read.add(sourcesOf(entry), patterns.has(entry));
  };
  for (const entry of chosen) take(entry);
  for (let before = -1; before !== chosen.size;) {
    before = chosen.size;
    for (const entry of all) {
      const isPattern = patterns.has(entry);
      const [writes, reads] = [targetsOf(entry), sourcesOf(entry)];
      const isLinked = written.meet([...writes, ...reads], isPattern) || read.meet(writes, isPattern);
      if (isLinked) take(entry);
    }
  }
  if (chosen.size === all.length) return manifest;
  const isChosen = (entry: Entry): boolean => chosen.has(entry);
  const some = catalogs.filter(({ entry }) => isChosen(entry));
  return { ...manifest, entries: entries.filter(isChosen), ...(catalogs.length === 0 ? {} : { catalogs: some }) };
}

function allEntries({ entries, catalogs = [] }: SyncManifest): readonly Entry[] {
  return [...entries, ...catalogs.map(({ entry }) => entry)];
}

/** Names of repositories, and names that stand for everything below them. */
type Names = {
  readonly add: (names: readonly string[], areAbove: boolean) => void;
  readonly meet: (names: readonly string[], areAbove: boolean) => boolean;
};

function createNames(): Names {
  const exact = new Set<string>();
  const above = new Set<string>();
  const isBelow = (name: string, top: string): boolean => name === top || name.startsWith(`${top}/`);
  return {
    add: (names, areAbove) => {
      for (const name of names) (areAbove ? above : exact).add(name);
    },
    meet: (names, areAbove) =>
      names.some(
        (name) =>
          exact.has(name) ||
          [...above].some((top) => isBelow(name, top) || (areAbove && isBelow(top, name))) ||
          (areAbove && [...exact].some((one) => isBelow(one, name))),
      ),
  };
}

function targetsOf({ targets }: Entry): readonly string[] {
  return targets.map(({ repository }) => formatRepository(repository));
}

function sourcesOf({ source }: Entry): readonly string[] {
  return source.kind === "registry" ? [formatRepository(source.repository)] : [];
}
