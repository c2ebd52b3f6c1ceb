import type { Change, Plan, Shard } from "../../model/plan.ts";
import type { Repository } from "../../model/reference.ts";
import type { Facts } from "../facts/facts.ts";
import { type Item, join, partition } from "./partition.ts";
import { groupBySameTags } from "./same-tags.ts";
import { type RepositoryItem, weighRepositories } from "./weigh.ts";

/**
 * Divides a plan into shards that several machines apply. All changes of a target repository are in one shard: its tags share mounts,
 * digest tags and the checks of deletes. No tag is written by two shards. Facts that are missing are not asked for: a change of unknown size
 * has an assumed weight.
 */
export function divide({ changes, failures = [] }: Plan, count: number, facts: Facts): readonly Shard[] {
  const groups = grouped(weighRepositories(changes, failures, facts), changes);
  const byName = new Map(groups.map(({ item, repositories }) => [item.name, repositories]));
  return partition(
    groups.map(({ item }) => item),
    count,
  ).map((names) => ({ repositories: names.flatMap((name) => byName.get(name) ?? []) }));
}

type Group = { readonly item: Item; readonly repositories: readonly Repository[] };

/** Repositories that must be in one shard are one item. */
function grouped(items: readonly RepositoryItem[], changes: readonly Change[]): readonly Group[] {
  const groupOf = groupBySameTags(changes);
  const groups = Map.groupBy(items, ({ name }) => groupOf.get(name) ?? name);
  return [...groups.values()].map((members) => {
    const sorted = members.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    return { item: join(sorted), repositories: sorted.map(({ repository }) => repository) };
  });
}
