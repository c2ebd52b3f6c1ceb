import { formatRepository } from "../model/reference.ts";
import type { Entry, SyncManifest } from "../model/sync-manifest.ts";

/** How many entries have each schedule; those without one have the default. */
export function countSchedules(manifest: SyncManifest, defaultSchedule: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { schedule = defaultSchedule } of manifest.entries) counts.set(schedule, (counts.get(schedule) ?? 0) + 1);
  return counts;
}

/**
 * The manifest with the entries that are due, and those that write into the same target repositories: whether two wishes for
 * one tag agree can only be seen where both are looked at.
 */
export function entriesDue(manifest: SyncManifest, due: readonly string[], defaultSchedule: string): SyncManifest {
  const schedules = new Set(due);
  const chosen = new Set(manifest.entries.filter(({ schedule = defaultSchedule }) => schedules.has(schedule)));
  const repositories = new Set([...chosen].flatMap(targetsOf));
  for (let before = -1; before !== chosen.size;) {
    before = chosen.size;
    for (const entry of manifest.entries) {
      if (!targetsOf(entry).some((target) => repositories.has(target))) continue;
      chosen.add(entry);
      for (const target of targetsOf(entry)) repositories.add(target);
    }
  }
  const entries = manifest.entries.filter((entry) => chosen.has(entry));
  return entries.length === manifest.entries.length ? manifest : { ...manifest, entries, isPart: true };
}

function targetsOf({ targets }: Entry): readonly string[] {
  return targets.map(({ repository }) => formatRepository(repository));
}
