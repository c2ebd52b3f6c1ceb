import { formatPosition } from "../model/position.ts";
import type { SyncManifest, TagMapping } from "../model/sync-manifest.ts";
import { mappingText } from "../selectors/mapping-text.ts";

/** What each place of the manifest where tags are wished asks for, by `FILE:LINE:COLUMN`: why a plan has a tag. */
export function describeMappings({ entries }: Pick<SyncManifest, "entries">): ReadonlyMap<string, string> {
  const reasons = entries.flatMap(({ tags, lockedSelectors = [] }) => [
    ...tags.map((mapping) => [formatPosition(mapping.position), describeMapping(mapping)] as const),
    // what the lock file stands in for is what was written there
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
