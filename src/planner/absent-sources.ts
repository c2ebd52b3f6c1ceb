import { answerTo, type Snapshot } from "../model/snapshot.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";

/**
 * Returns the source repositories that registries say do not exist, of optional entries with selectors. Nothing is wrong with their plan,
 * but a misspelt name and a lack of permission look the same.
 */
export function absentSources({ entries }: SyncManifest, snapshot: Snapshot): readonly Repository[] {
  const found = entries.flatMap(({ source, tags, optional }) =>
    optional && source.kind === "registry" && tags.some(({ kind }) => kind !== "literal") ? [source.repository] : [],
  );
  const byName = new Map(found.map((repository) => [formatRepository(repository), repository]));
  return [...byName.values()].filter(
    (repository) => answerTo(snapshot, { kind: "tags", repository })?.kind === "absent",
  );
}
