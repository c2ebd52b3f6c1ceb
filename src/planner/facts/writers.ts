import { formatRepository, type Repository } from "../../model/reference.ts";
import type { Entry } from "../../model/sync-manifest.ts";

/** Returns the entries that have a repository among their targets, in their order. */
export type WritersOf = (repository: Repository) => readonly Entry[];

/** Indexes entries by target once, because there may be many entries and many changes. */
export function createWritersOf(entries: readonly Entry[]): WritersOf {
  const writers = new Map<string, Set<Entry>>();
  for (const entry of entries)
    for (const name of entry.targets.map(({ repository }) => formatRepository(repository)))
      writers.set(name, (writers.get(name) ?? new Set()).add(entry));
  return (repository) => [...(writers.get(formatRepository(repository)) ?? [])];
}
