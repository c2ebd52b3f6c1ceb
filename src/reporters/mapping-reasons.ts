import { formatPosition } from "../model/position.ts";
import type { Entry, SyncManifest, TagMapping } from "../model/sync-manifest.ts";
import { mappingText } from "../selectors/mapping-text.ts";

/** Describes the mapping at each position in the manifest, by `FILE:LINE:COLUMN`. It is the reason why a plan has a tag. */
export function describeMappings({
  entries,
  catalogs = [],
}: Pick<SyncManifest, "entries" | "catalogs">): ReadonlyMap<string, string> {
  return new Map([...entries.flatMap(reasonsOf), ...catalogs.flatMap(({ entry }) => reasonsOf(entry))]);
}

type Reason = readonly [position: string, text: string];

function reasonsOf({ tags, lockedSelectors = [] }: Entry): readonly Reason[] {
  const own = tags.map((mapping): Reason => [formatPosition(mapping.position), describeMapping(mapping)]);
  // selectors that the lock file replaced, as written in the manifest
  const locked = lockedSelectors.map((mapping): Reason => [
    formatPosition(mapping.position),
    `${describeMapping(mapping)}, locked`,
  ]);
  return [...own, ...locked];
}

function describeMapping(mapping: TagMapping): string {
  if (mapping.kind === "selector")
    return `selected by ${mappingText(mapping)}${mapping.to === undefined ? "" : ` as ${mapping.to.join(", ")}`}`;
  const from = mapping.lockedTag ?? mappingText(mapping);
  const to = [...mapping.to, ...(mapping.templates ?? [])];
  const isRenamed = to.some((tag) => tag !== from);
  const name = from === "" ? "the image" : `named: ${from}`;
  return `${name}${isRenamed ? ` as ${to.join(", ")}` : ""}${mapping.lockedTag === undefined ? "" : ", locked"}`;
}
