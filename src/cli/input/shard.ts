import { type Command, InvalidArgumentError, Option } from "commander";
import { ImgsyncError } from "../../model/error.ts";
import type { Plan } from "../../model/plan.ts";
import { checkShard, MAX_SHARDS, parseShard, type ShardNumber, takeShard } from "../../model/shard.ts";
import type { Context } from "../terminal/context.ts";

/** Flags of a command that applies one shard of a plan. */
export type ShardFlags = { readonly shard?: string; readonly parallel?: number };

/** The number comes from the runner. */
const AUTO = "auto";

export function addShardOptions(command: Command): Command {
  return command
    .option(
      "--shard <I/N>",
      "apply only this part of a plan made with --shards N; I counts from 1; auto: the number that Kubernetes or GitLab gives this job",
    )
    .addOption(
      new Option("--parallel <number>", "shards that run at a time and share the hosts' limits (default: N)").argParser(
        (text) => countOf(text, "shards"),
      ),
    );
}

/** `--shards` of plan. */
export function shardsOption(): Option {
  return new Option("--shards <number>", "divide the plan into parts, for imgsync apply --shard I/N").argParser(
    (text) => countOf(text, "shards"),
  );
}

/**
 * Checks what can be checked before the plan is read.
 * @throws ImgsyncError USAGE
 */
export function checkShardFlags({ shard, parallel }: ShardFlags, { isSaved }: { readonly isSaved: boolean }): void {
  if (shard === undefined && parallel !== undefined)
    throw usage("--parallel needs --shard", "add --shard I/N, or omit --parallel");
  if (shard === undefined) return;
  if (!isSaved)
    throw usage("--shard needs a saved plan", "make one with imgsync plan --shards N --out FILE, and apply that file");
  if (shard !== AUTO) parseShard(shard);
}

/**
 * Returns the shard that a command is to apply. Undefined: the whole plan.
 * @throws ImgsyncError USAGE if there is no such shard, or if `auto` finds no number
 */
export function readShard(
  { environment }: Pick<Context, "environment">,
  { shard }: ShardFlags,
  plan: Plan | undefined,
): ShardNumber | undefined {
  if (shard === undefined || plan === undefined) return undefined;
  const found = shard === AUTO ? shardOfRunner(environment, plan) : parseShard(shard);
  // before any request: the plan may be divided into another number of shards
  takeShard(plan, found);
  return found;
}

/** The variables that number the jobs of a runner. Other systems use the names of GitLab's variables and count from 0. */
function shardOfRunner(environment: Context["environment"], { shards = [] }: Pick<Plan, "shards">): ShardNumber {
  const job = environment["JOB_COMPLETION_INDEX"] ?? "";
  const node = (environment["GITLAB_CI"] ?? "") === "" ? "" : (environment["CI_NODE_INDEX"] ?? "");
  if (job !== "" && node !== "")
    throw usage(
      "--shard auto: JOB_COMPLETION_INDEX and CI_NODE_INDEX are both set",
      "write the shard as --shard I/N instead",
    );
  if (job !== "") return ofKubernetes(job, shards.length);
  if (node !== "") return ofGitLab(node, environment["CI_NODE_TOTAL"] ?? "", shards.length);
  throw usage(
    "--shard auto: neither JOB_COMPLETION_INDEX nor GitLab's CI_NODE_INDEX is set",
    "use it in an Indexed Job of Kubernetes or in a parallel job of GitLab; elsewhere write --shard I/N",
  );
}

function ofGitLab(index: string, total: string, count: number): ShardNumber {
  const shard = parseShard(`${index}/${total}`);
  if (count > 0 && shard.of !== count)
    throw usage(
      `--shard auto: CI_NODE_TOTAL is ${shard.of}, and the plan is divided into ${count}`,
      `set parallel: ${count} in the job`,
    );
  return shard;
}

/** The indexes of a Job count from 0 to `completions` - 1. */
function ofKubernetes(text: string, count: number): ShardNumber {
  const index = /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
  if (index === undefined) throw usage(`--shard auto: JOB_COMPLETION_INDEX is "${text}"`, "write --shard I/N instead");
  if (count > 0 && index >= count)
    throw usage(
      `--shard auto: JOB_COMPLETION_INDEX is ${index}, and the plan is divided into ${count}`,
      `set completions: ${count} in the Job`,
    );
  const shard = { number: index + 1, of: Math.max(count, index + 1) };
  checkShard(shard);
  return shard;
}

function countOf(text: string, what: string): number {
  const count = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_SHARDS) return count;
  throw new InvalidArgumentError(`write a number of ${what} from 1 to ${MAX_SHARDS}.`);
}

function usage(message: string, hint: string): ImgsyncError {
  return new ImgsyncError({ code: "USAGE", message, hint });
}
