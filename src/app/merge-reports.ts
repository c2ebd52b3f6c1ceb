import { countOutcomes } from "../documents/report-document.ts";
import { ImgsyncError } from "../model/error.ts";
import type { ChangeResult, Report } from "../model/event.ts";
import { formatReference } from "../model/reference.ts";
import { formatShard, type ShardNumber } from "../model/shard.ts";
import { defined } from "../model/defined.ts";

/** A report and the name of its file, for errors. */
export type NamedReport = { readonly name: string; readonly report: Report };

/**
 * Makes one report of those of the shards of a plan. Shards without a report are listed as missing: what they did is unknown.
 *
 * A shard that was applied again has several reports, and each covers all of its changes: the last one that was not interrupted counts. What
 * an earlier attempt applied and the last one found in place counts as applied.
 * @throws ImgsyncError REPORT_INVALID if the reports do not belong together, or contradict each other
 */
export function mergeReports(reports: readonly NamedReport[]): Report {
  const named = reports.map(identify);
  const [first] = named;
  if (first === undefined) throw invalid("there is no report to merge");
  for (const one of named) refuseUnrelated(one, first);
  const { of } = first.shard;
  const byNumber = Map.groupBy(named, ({ shard }) => shard.number);
  const numbers = Array.from({ length: of }, (_, at) => at + 1);
  const shards = numbers.flatMap((number) => {
    const attempts = byNumber.get(number);
    return attempts === undefined ? [] : [mergeAttempts(attempts)];
  });
  refuseRepeated(shards);
  const results = shards.flatMap(({ report }) => report.results);
  const missing = numbers.filter((number) => !byNumber.has(number));
  if (missing.length === 0 && results.length !== first.plan.tags)
    throw invalid(`the reports have ${results.length} tags, and the plan has ${first.plan.tags}`);
  const interrupted = shards.filter(({ report }) => report.interrupted).map(({ shard }) => shard.number);
  const failures = shards.flatMap(({ report }) => report.failures ?? []);
  return {
    outcomes: countOutcomes(results),
    transferredBytes: shards.reduce((sum, { report }) => sum + report.transferredBytes, 0),
    milliseconds: Math.max(...shards.map(({ report }) => report.milliseconds)),
    interrupted: interrupted.length > 0,
    results,
    plan: first.plan,
    finishedAt: new Date(Math.max(...shards.map(({ finishedAt }) => finishedAt.getTime()))),
    shards: { of, missing, interrupted },
    ...defined({ failures: failures.length === 0 ? undefined : failures }),
  };
}

type Identified = NamedReport & Required<Pick<Report, "plan" | "shard" | "finishedAt">>;

function identify({ name, report }: NamedReport): Identified {
  const { plan, shard, finishedAt } = report;
  if (plan === undefined || shard === undefined || finishedAt === undefined)
    throw invalid(`"${name}" is not the report of a shard`, "apply each shard with --shard I/N and --report FILE");
  return { name, report, plan, shard, finishedAt };
}

function refuseUnrelated(one: Identified, first: Identified): void {
  const isSamePlan = one.plan.checksum === first.plan.checksum && one.plan.tags === first.plan.tags;
  if (!isSamePlan || one.shard.of !== first.shard.of)
    throw invalid(`"${one.name}" is about another plan than "${first.name}"`, "merge the reports of one plan");
  if (one.shard.number > one.shard.of) throw invalid(`"${one.name}" is about shard ${formatShard(one.shard)}`);
}

/** The report of a shard. `name` is that of its last attempt. */
type ShardReport = NamedReport & { readonly shard: ShardNumber; readonly finishedAt: Date };

function mergeAttempts(attempts: readonly Identified[]): ShardReport {
  const sorted = attempts.toSorted(byWorth);
  const last = sorted.at(-1);
  if (last === undefined) throw new Error("a shard without attempts");
  const targets = targetsOf(last).join("\n");
  for (const other of sorted)
    if (targetsOf(other).join("\n") !== targets)
      throw invalid(`"${other.name}" and "${last.name}" report shard ${formatShard(last.shard)} with different tags`);
  const applied = new Map<string, ChangeResult>();
  for (const { report } of sorted)
    for (const { change, result } of report.results)
      if (result.outcome === "applied") applied.set(formatReference(change.target), result);
  const results = last.report.results.map(({ change, result }) => {
    const earlier = result.outcome === "unchanged" ? applied.get(formatReference(change.target)) : undefined;
    return { change, result: earlier !== undefined && isSameEnd(earlier, result) ? earlier : result };
  });
  // the same file, named twice, is one attempt
  const distinct = new Map(sorted.map((one) => [one.finishedAt.getTime(), one.report.transferredBytes]));
  const transferredBytes = [...distinct.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { ...last, report: { ...last.report, results, transferredBytes } };
}

/** Whether the tag is still at the digest that the earlier attempt wrote. */
function isSameEnd(earlier: ChangeResult, later: ChangeResult): boolean {
  return later.digest === undefined || earlier.digest === undefined || later.digest === earlier.digest;
}

/** Interrupted attempts before complete ones, then by time, then by what went well: of equal attempts, the worst counts. */
function byWorth(one: Identified, other: Identified): number {
  return (
    Number(other.report.interrupted) - Number(one.report.interrupted) ||
    one.finishedAt.getTime() - other.finishedAt.getTime() ||
    goodOf(other) - goodOf(one)
  );
}

function goodOf({ report: { outcomes } }: Identified): number {
  return outcomes.applied + outcomes.unchanged;
}

function targetsOf({ report }: NamedReport): readonly string[] {
  return report.results.map(({ change }) => formatReference(change.target)).toSorted();
}

function refuseRepeated(shards: readonly ShardReport[]): void {
  const seen = new Map<string, string>();
  for (const shard of shards)
    for (const target of targetsOf(shard)) {
      const other = seen.get(target);
      if (other !== undefined) throw invalid(`"${other}" and "${shard.name}" both report ${target}`);
      seen.set(target, shard.name);
    }
}

function invalid(message: string, hint?: string): ImgsyncError {
  return new ImgsyncError({ code: "REPORT_INVALID", message, ...defined({ hint }) });
}
