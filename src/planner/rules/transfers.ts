import { isForeignLayer } from "../../model/manifest.ts";
import { isLayout } from "../../model/layout-name.ts";
import type { Change } from "../../model/plan.ts";
import { formatReference, formatRepository, type Repository } from "../../model/reference.ts";
import type { Facts } from "../facts/facts.ts";
import type { Rule } from "./rule.ts";
import { blobsUnder } from "./sizes.ts";

/**
 * Adds to each change of known size how much it transfers at most: a blob counts once for each target host, at the first change that brings
 * it, and not at all if the source is on the same host. Registries mount such blobs from another repository; docker skips layers that the
 * host has. Depends on all other changes, because a change that is blocked brings nothing.
 */
export const transfers: Rule = ({ facts }) => {
  const brought = new Map<string, Set<string>>();
  return (change) => {
    const { action, target, source } = change;
    if ((action !== "create" && action !== "update") || change.bytes === undefined) return change;
    const parts = partsOf(change, facts);
    if (parts === undefined) return undefined;
    const store = storeOf(target.repository);
    const known = brought.get(store) ?? new Set<string>();
    brought.set(store, known);
    const isSameStore = source.kind === "registry" && storeOf(source.reference.repository) === store;
    let transferBytes = 0;
    for (const { key, size } of parts) {
      if (!isSameStore && !known.has(key)) transferBytes += size;
      known.add(key);
    }
    return { ...change, transferBytes };
  };
};

export type Part = { readonly key: string; readonly size: number };

/** The blobs of an image; docker reports only the whole image. Undefined if facts are missing. */
export function partsOf(change: Change, facts: Facts): readonly Part[] | undefined {
  const { source, bytes = 0 } = change;
  if (source.kind !== "registry") return [{ key: `image ${source.image}`, size: bytes }];
  if (change.engine === "docker") {
    const { platforms, sourceDigest } = change;
    return [{ key: JSON.stringify([sourceDigest ?? formatReference(source.reference), platforms]), size: bytes }];
  }
  return blobsUnder(change, facts)
    ?.filter((blob) => !isForeignLayer(blob))
    .map(({ digest, size }) => ({ key: digest, size }));
}

/** What shares blobs: all repositories of a host, or one OCI layout. */
export function storeOf(repository: Repository): string {
  return isLayout(repository) ? formatRepository(repository) : repository.host;
}
