import { formatPosition } from "../model/position.ts";
import type { SyncManifest, TagMapping } from "../model/sync-manifest.ts";
import { mappingText } from "../selectors/mapping-text.ts";

/** Describes the mapping at each position in the manifest, by `FILE:LINE:COLUMN`. It is the reason why a plan has a tag. */
export function describeMappings({ entries }: Pick<SyncManifest, "entries">): ReadonlyMap<string, string> {
  const reasons = entries.flatMap(({ tags, lockedSelectors = [] }) => [
    ...tags.map((mapping) => [formatPosition(mapping.position), describeMapping(mapping)] as const),
    // selectors that the lock file replaced, as written in the manifest
    ...lockedSelectors.map(
      (mapping) => [formatPosition(mapping.position), `${describeMapping(mapping)}, locked`] as const,
    ),
  ]);
  return new Map(reasons);
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
