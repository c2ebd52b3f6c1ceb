import type { Change, Origin, Plan } from "../model/plan.ts";
import { isSamePlace } from "../model/position.ts";
import type { Entry, SyncManifest } from "../model/sync-manifest.ts";
import { createMayName, type MayName } from "../selectors/selector-names.ts";
import { selectorsOf } from "./facts/owned-tags.ts";
import { createWritersOf } from "./facts/writers.ts";

/** Adds origins to the changes of a saved plan: the mappings at a change's positions that may name its target. */
export function withOrigins(plan: Plan, manifest: SyncManifest): Plan {
  const mayName = createMayName();
  const writersOf = createWritersOf(manifest.entries);
  const changes = plan.changes.map((change) => ({
    ...change,
    origins: findOrigins(change, writersOf(change.target.repository), mayName),
  }));
  return { ...plan, changes };
}

/** `entries`: those that write to the repository of the change. */
function findOrigins({ positions, target }: Change, entries: readonly Entry[], mayName: MayName): readonly Origin[] {
  return entries.flatMap((entry) =>
    // a delete may come from a selector that the lock file replaced
    [...new Set([...entry.tags, ...selectorsOf(entry)])]
      .filter(
        (mapping) =>
          positions.some((position) => isSamePlace(position, mapping.position)) && mayName(mapping, target.tag),
      )
      .map((mapping) => ({ entry, mapping })),
  );
}
