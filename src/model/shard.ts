import { ImgsyncError } from "./error.ts";
import { type Change, countActions, type EntryFailure, isMoving, type Plan, transferBytesOf } from "./plan.ts";
import { formatRepository } from "./reference.ts";

/** One shard of several. `number` counts from 1 to `of`. */
export type ShardNumber = { readonly number: number; readonly of: number };

/** More would be more pods than a Job of Kubernetes or a matrix of a CI system can use well. */
export const MAX_SHARDS = 1000;

const FORM = /^([0-9]{1,9})\/([0-9]{1,9})$/;

/**
 * Parses `I/N`.
 * @throws ImgsyncError USAGE, with what to do about an index that counts from 0
 */
export function parseShard(text: string): ShardNumber {
  const match = FORM.exec(text);
  if (match === null) throw usage(`"${text}" is not a shard`, "write I/N, such as 3/16");
  const shard = { number: Number(match[1]), of: Number(match[2]) };
  checkShard(shard);
  return shard;
}

/** @throws ImgsyncError USAGE if there is no such shard */
export function checkShard({ number, of }: ShardNumber): void {
  const shown = formatShard({ number, of });
  if (!Number.isSafeInteger(of) || of < 1 || of > MAX_SHARDS)
    throw usage(`"${shown}" is not a shard: a plan has 1 to ${MAX_SHARDS} shards`, "write I/N, such as 3/16");
  if (Number.isSafeInteger(number) && number >= 1 && number <= of) return;
  throw usage(
    `there is no shard ${shown}: shards count from 1 to ${of}`,
    "an index that counts from 0, such as JOB_COMPLETION_INDEX, needs 1 more; --shard auto adds it",
  );
}

/** `3/16` */
export function formatShard({ number, of }: ShardNumber): string {
  return `${number}/${of}`;
}

/** What the other shards of a plan contain that stops this one. */
export type OtherShards = { readonly blocked: number; readonly errors: number };

export type ShardPlan = { readonly plan: Plan; readonly others: OtherShards };

/**
 * Returns the part of a plan that is in one shard.
 * @throws ImgsyncError USAGE if the plan is not divided into that many shards
 */
export function takeShard(plan: Plan, shard: ShardNumber): ShardPlan {
  checkShard(shard);
  const { shards, changes, failures = [], ...rest } = plan;
  const made = shards?.length;
  if (made !== shard.of)
    throw usage(
      `there is no shard ${formatShard(shard)}: the plan is ${made === undefined ? "not divided into shards" : `divided into ${made}`}`,
      `apply it ${made === undefined ? "without --shard" : `with --shard I/${made}`}, or plan again with --shards ${shard.of}`,
    );
  const own = new Set(shards?.[shard.number - 1]?.repositories.map(formatRepository));
  const isOwn = (repository: string): boolean => own.has(repository);
  const mine = changes.filter((change) => isOwn(placeOf(change)));
  const myFailures = failures.filter((failure) => isOwn(placeOfFailure(failure)));
  const all = countActions(changes);
  const here = countActions(mine);
  return {
    plan: { ...rest, changes: mine, ...(myFailures.length === 0 ? {} : { failures: myFailures }) },
    others: {
      blocked: all.blocked - here.blocked,
      errors: all.error - here.error + failures.length - myFailures.length,
    },
  };
}

/** The work of one shard. */
export type ShardSize = {
  /** The number of changes to make. */
  readonly changes: number;
  /** The most bytes that they transfer, of those whose size is known. */
  readonly bytes: number;
  readonly repositories: number;
};

/** Returns the work of each shard; empty if the plan is not divided. */
export function measureShards({ shards = [], changes }: Plan): readonly ShardSize[] {
  const moving = Map.groupBy(changes.filter(isMoving), placeOf);
  return shards.map(({ repositories }) => {
    const own = repositories.flatMap((repository) => moving.get(formatRepository(repository)) ?? []);
    const bytes = own.reduce((sum, change) => sum + (transferBytesOf(change) ?? 0), 0);
    return { changes: own.length, bytes, repositories: repositories.length };
  });
}

/** The target repository of a change, as text. Its shard makes the change. */
export function placeOf({ target }: Change): string {
  return formatRepository(target.repository);
}

/** The first target repository of a failure, as text. Its shard reports the failure. */
export function placeOfFailure({ targets }: EntryFailure): string {
  const [first] = targets;
  if (first === undefined) throw new Error("a failure without a target");
  return formatRepository(first);
}

function usage(message: string, hint: string): ImgsyncError {
  return new ImgsyncError({ code: "USAGE", message, hint });
}
