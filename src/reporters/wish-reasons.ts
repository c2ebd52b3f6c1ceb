import { formatPosition } from "../model/position.ts";
import type { SyncManifest, TagWish } from "../model/sync-manifest.ts";
import { wishText } from "../selectors/wish-text.ts";

/** What each place of the manifest where tags are wished asks for, by `FILE:LINE:COLUMN`: why a plan has a tag. */
export function describeWishes({ entries }: Pick<SyncManifest, "entries">): ReadonlyMap<string, string> {
  const reasons = entries.flatMap(({ tags, lockedSelectors = [] }) => [
    ...tags.map((wish) => [formatPosition(wish.position), describeWish(wish)] as const),
    // what the lock file stands in for is what was written there
    ...lockedSelectors.map((wish) => [formatPosition(wish.position), `${describeWish(wish)}, locked`] as const),
  ]);
  return new Map(reasons);
}

function describeWish(wish: TagWish): string {
  if (wish.kind === "selector")
    return `selected by ${wishText(wish)}${wish.to === undefined ? "" : ` as ${wish.to.join(", ")}`}`;
  const from = wish.lockedTag ?? wishText(wish);
  const to = [...wish.to, ...(wish.templates ?? [])];
  const isRenamed = to.some((tag) => tag !== from);
  const name = from === "" ? "the image" : `named: ${from}`;
  return `${name}${isRenamed ? ` as ${to.join(", ")}` : ""}${wish.lockedTag === undefined ? "" : ", locked"}`;
}
