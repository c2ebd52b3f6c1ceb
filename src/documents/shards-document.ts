import type { Change, EntryFailure, Plan, Shard } from "../model/plan.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import { measureShards, placeOf, placeOfFailure } from "../model/shard.ts";
import type { Shard as ShardDocument } from "../schema/generated/plan.ts";
import { bad } from "./plan-problem.ts";

/** Encodes the shards of a plan; undefined if it is not divided. */
export function encodeShards(plan: Plan): ShardDocument[] | undefined {
  const sizes = measureShards(plan);
  return plan.shards?.map(({ repositories }, at) => {
    const { changes = 0, bytes = 0 } = sizes[at] ?? {};
    return { changes, bytes, repositories: repositories.map(formatRepository) };
  });
}

/** What the shards of a document must cover. */
export type Divided = { readonly changes: readonly Change[]; readonly failures: readonly EntryFailure[] };

/**
 * Decodes shards. Their sizes are for readers and are computed again.
 * @throws ImgsyncError PLAN_INVALID unless each target repository of the plan is in exactly one shard: otherwise some changes would be made
 * twice at the same time, or never
 */
export function readShards(
  shards: readonly ShardDocument[],
  { changes, failures }: Divided,
  readPlace: (text: string) => Repository,
): readonly Shard[] {
  const left = new Set([...changes.map(placeOf), ...failures.map(placeOfFailure)]);
  const read = shards.map(({ repositories }) => ({ repositories: repositories.map(readPlace) }));
  for (const name of read.flatMap(({ repositories }) => repositories.map(formatRepository)))
    if (!left.delete(name)) throw bad(`"${name}" is in two shards, or is not a target of the plan`);
  const [missing] = left;
  if (missing !== undefined) throw bad(`"${missing}" is in no shard`);
  return read;
}
