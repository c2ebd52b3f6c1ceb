import type { Change, Origin, Plan } from "../model/plan.ts";
import { isSamePlace } from "../model/position.ts";
import { formatRepository } from "../model/reference.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { createMayName, type MayName } from "../selectors/selector-names.ts";
import { selectorsOf } from "./facts/owned-tags.ts";

/** Adds origins to the changes of a saved plan: the mappings at a change's positions that may name its target. */
export function withOrigins(plan: Plan, manifest: SyncManifest): Plan {
  const mayName = createMayName();
  const changes = plan.changes.map((change) => ({ ...change, origins: findOrigins(change, manifest, mayName) }));
  return { ...plan, changes };
}

function findOrigins({ positions, target }: Change, { entries }: SyncManifest, mayName: MayName): readonly Origin[] {
  const name = formatRepository(target.repository);
  const concerned = entries.filter(({ targets }) =>
    targets.some(({ repository }) => formatRepository(repository) === name),
  );
  return concerned.flatMap((entry) =>
    // a delete may come from a selector that the lock file replaced
    [...new Set([...entry.tags, ...selectorsOf(entry)])]
      .filter(
        (mapping) =>
          positions.some((position) => isSamePlace(position, mapping.position)) && mayName(mapping, target.tag),
      )
      .map((mapping) => ({ entry, mapping })),
  );
}
