import type { Plan, Shard } from "../../model/plan.ts";
import type { Facts } from "../facts/facts.ts";
import { partition } from "./partition.ts";
import { weighRepositories } from "./weigh.ts";

/**
 * Divides a plan into shards that several machines apply. All changes of a target repository are in one shard: its tags share mounts,
 * digest tags and the checks of deletes. Facts that are missing are not asked for: a change of unknown size has an assumed weight.
 */
export function divide({ changes, failures = [] }: Plan, count: number, facts: Facts): readonly Shard[] {
  const items = weighRepositories(changes, failures, facts);
  const byName = new Map(items.map(({ name, repository }) => [name, repository]));
  return partition(items, count).map((names) => ({
    repositories: names.flatMap((name) => byName.get(name) ?? []),
  }));
}
