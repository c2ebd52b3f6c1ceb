import { formatRepository } from "../../model/reference.ts";
import type { Entry, SyncManifest } from "../../model/sync-manifest.ts";

/** Returns the number of entries for each schedule. Entries without a schedule have the default. */
export function countSchedules(manifest: SyncManifest, defaultSchedule: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { schedule = defaultSchedule } of manifest.entries) counts.set(schedule, (counts.get(schedule) ?? 0) + 1);
  return counts;
}

/**
 * Returns the manifest with the entries that are due, and all entries that share a repository with one that is written. Conflicts between
 * mappings of one tag, and tags that no mapping declares or reads any more, can only be detected if all of these entries are planned
 * together.
 */
export function entriesDue(manifest: SyncManifest, due: readonly string[], defaultSchedule: string): SyncManifest {
  const schedules = new Set(due);
  const chosen = new Set(manifest.entries.filter(({ schedule = defaultSchedule }) => schedules.has(schedule)));
  const written = new Set([...chosen].flatMap(targetsOf));
  const read = new Set([...chosen].flatMap(sourcesOf));
  for (let before = -1; before !== chosen.size;) {
    before = chosen.size;
    for (const entry of manifest.entries) {
      const writes = targetsOf(entry);
      const reads = sourcesOf(entry);
      const isLinked =
        writes.some((name) => written.has(name) || read.has(name)) || reads.some((name) => written.has(name));
      if (!isLinked) continue;
      chosen.add(entry);
      for (const name of writes) written.add(name);
      for (const name of reads) read.add(name);
    }
  }
  const entries = manifest.entries.filter((entry) => chosen.has(entry));
  return entries.length === manifest.entries.length ? manifest : { ...manifest, entries };
}

function targetsOf({ targets }: Entry): readonly string[] {
  return targets.map(({ repository }) => formatRepository(repository));
}

function sourcesOf({ source }: Entry): readonly string[] {
  return source.kind === "registry" ? [formatRepository(source.repository)] : [];
}
