import type { Plan } from "../../model/plan.ts";
import { measureShards, type ShardSize } from "../../model/shard.ts";
import { formatBytes, formatCount, plural } from "./format.ts";

/** `4 shards, for imgsync apply PLAN --shard I/4` */
export function describeShards(count: number): string {
  return `${plural(count, "shard")}, for imgsync apply PLAN --shard I/${count}`;
}

/** `60 changes in 4 repositories, at most 12.0 MiB to move` */
export function describeShard({ changes, bytes, repositories }: ShardSize): string {
  if (changes === 0) return "nothing to do";
  const size = bytes === 0 ? "" : `, at most ${formatBytes(bytes)} to move`;
  return `${plural(changes, "change")} in ${plural(repositories, "repository", "repositories")}${size}`;
}

/** Explains why some shards have nothing to do; undefined if all have work. */
export function explainIdle(plan: Plan): string | undefined {
  const sizes = measureShards(plan);
  const idle = sizes.filter(({ changes }) => changes === 0).length;
  if (idle === 0 || idle === sizes.length) return undefined;
  const has = idle === 1 ? "has" : "have";
  return `${formatCount(idle)} of ${plural(sizes.length, "shard")} ${has} nothing to do: all changes of a repository are in one shard`;
}
