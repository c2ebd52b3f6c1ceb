import { startDeadline } from "../model/deadline.ts";
import { type ErrorDetails, withContext } from "../model/error.ts";
import type { ChangeResult, Outcome, Report } from "../model/event.ts";
import { type Change, countActions, isMoving, type Plan, transferBytesOf } from "../model/plan.ts";
import type { OtherShards } from "../model/shard.ts";
import type { ImmutableRule } from "../model/sync-manifest.ts";
import { compileRules } from "../planner/facts/policy.ts";
import { applyChange, type ApplyChangeOptions } from "./apply-change.ts";
import { inParallel } from "../async/in-parallel.ts";
import { isRepairable, repairOne } from "./repair.ts";
import { defined } from "../model/defined.ts";

export type ApplyPlanOptions = Omit<ApplyChangeOptions, "matchRule"> & {
  readonly plan: Plan;
  readonly rules: readonly ImmutableRule[];
  /** If the plan is one shard of several: what the others cannot do. It holds back this shard as if it were in the plan. */
  readonly others?: OtherShards;
  /**
   * Reads again what justifies the deletes, right before the first one. Returns those that must not be made, with the reason for each.
   */
  readonly confirmDeletes?: (deletes: readonly Change[]) => Promise<ReadonlyMap<Change, ErrorDetails>>;
  readonly skipBlocked: boolean;
  readonly failFast: boolean;
  /** Once it fires, no change is started; those in progress continue. */
  readonly drain?: AbortSignal;
  /** Also check the content of tags that are up to date, and restore what is missing. */
  readonly repair?: boolean;
};

/**
 * Applies a plan with any engine: recheck, apply, verify, report. Nothing is written if a change is blocked (unless blocked
 * changes are skipped), or with fail-fast if a change could not be planned. Without fail-fast, a failure does not stop other changes. Tags
 * are deleted last, and only if everything else succeeded. Failed changes do not throw: their errors are in the report.
 */
export async function applyPlan(request: ApplyPlanOptions): Promise<Report> {
  const options = { ...request, matchRule: compileRules(request.rules) };
  const { plan, emit, clock, signal, concurrency, failFast, others = NO_OTHERS } = options;
  const start = clock.monotonic();
  const stop = new AbortController();
  const holdsBack = reasonToHoldBack(options);
  const moving = holdsBack === undefined ? plan.changes.filter(isMoving) : [];
  const bytes = sum(moving.map((change) => transferBytesOf(change) ?? 0));
  emit({ type: "run.started", total: moving.length, bytes, counts: countActions(plan.changes), changes: moving });
  const results = new Map<Change, ChangeResult>();
  const finish = (change: Change, result: ChangeResult): void => {
    results.set(change, result);
    const isQuiet = ["none", "held", "missing"].includes(change.action) && result.outcome === "unchanged";
    if (!isQuiet) emit({ type: "change.finished", change, result });
    if (failFast && !isGood(result)) stop.abort();
  };
  for (const change of plan.changes) {
    if (holdsBack === undefined && isToRepair(change, options)) continue;
    const known = knownResult(change) ?? (holdsBack === undefined ? undefined : skipped(holdsBack));
    if (known !== undefined) finish(change, known);
  }
  const open = plan.changes.filter((change) => !results.has(change));
  await prepareEngines(options, open);
  const work = async (change: Change): Promise<void> => {
    const isEnding = signal.aborted || options.drain?.aborted === true;
    if (isEnding || stop.signal.aborted)
      return finish(change, skipped(isEnding ? "interrupted before it started" : "not started after a failure"));
    if (change.action === "none") return finish(change, await repairOne(change, options.engineFor(change), options));
    const { result, confirm } = await applyChange(change, options);
    if (confirm === undefined) finish(change, result);
    else confirming.push(confirm().then((confirmed) => finish(change, confirmed)));
  };
  // confirmations run in the background while later changes are applied
  const confirming: Promise<void>[] = [];
  const [deletes, rest] = split(open, ({ action }) => action === "delete");
  await inParallel(concurrency, rest, work);
  await Promise.all(confirming);
  const isWhole = (plan.failures ?? []).length + others.errors + others.blocked === 0;
  const mayDelete = (): boolean => isWhole && [...results.values()].every(isGood);
  const refused = mayDelete() ? await unconfirmed(deletes, options) : new Map<Change, ErrorDetails>();
  for (const [change, error] of refused) finish(change, { ...failed(error), outcome: outcomeOf(error) });
  const goes = mayDelete();
  // one at a time: deleting a digest may remove the tags of another delete
  await inParallel(1, deletes, async (change) => {
    if (results.has(change)) return;
    await (goes ? work(change) : finish(change, skipped("deletes skipped: some other changes did not succeed")));
  });
  const interrupted = signal.aborted || options.drain?.aborted === true;
  const report = toReport(plan, results, { milliseconds: clock.monotonic() - start, interrupted });
  emit({ type: "run.finished", report });
  return report;
}

const NO_OTHERS: OtherShards = { blocked: 0, errors: 0 };

/** Returns the deletes that a fresh read does not confirm; none if the run is ending, because then none is started. */
async function unconfirmed(
  deletes: readonly Change[],
  { confirmDeletes, signal, drain }: ApplyPlanOptions,
): Promise<ReadonlyMap<Change, ErrorDetails>> {
  const isEnding = (): boolean => signal.aborted || drain?.aborted === true;
  if (deletes.length === 0 || confirmDeletes === undefined || isEnding()) return new Map();
  try {
    return await confirmDeletes(deletes);
  } catch (thrown) {
    if (isEnding()) return new Map();
    const { details } = withContext(thrown, { side: "target" });
    return new Map(deletes.map((change) => [change, details]));
  }
}

function outcomeOf({ code }: ErrorDetails): Outcome {
  return code === "TAG_STALE" ? "stale" : "failed";
}

function isGood({ outcome }: ChangeResult): boolean {
  return outcome === "applied" || outcome === "unchanged";
}

function split<T>(items: readonly T[], is: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}

function isToRepair(change: Change, { repair, engineFor }: ApplyPlanOptions): boolean {
  return repair === true && isRepairable(change, engineFor(change));
}

/** Returns the result of a change that needs no work, because there is nothing to do or nothing that can be done. */
function knownResult(change: Change): ChangeResult | undefined {
  const nothing = { transferredBytes: 0, milliseconds: 0, notes: change.notes };
  if (change.action === "held" || change.action === "missing") return { outcome: "unchanged", ...nothing };
  if (change.action === "none") return { outcome: "unchanged", ...nothing, ...defined({ digest: change.wanted }) };
  if (change.action === "blocked") return { outcome: "blocked", ...nothing, ...defined({ block: change.block }) };
  if (change.action === "error") return { outcome: "failed", ...nothing, ...defined({ error: change.error }) };
  return undefined;
}

function reasonToHoldBack({ plan, others = NO_OTHERS, skipBlocked, failFast }: ApplyPlanOptions): string | undefined {
  const counts = countActions(plan.changes);
  if (counts.blocked + others.blocked > 0 && !skipBlocked) return "not started, because another change is blocked";
  if (counts.error + (plan.failures ?? []).length + others.errors > 0 && failFast)
    return "not started, because another change cannot be made";
  return undefined;
}

function failed(error: ErrorDetails): ChangeResult {
  return { outcome: "failed", transferredBytes: 0, milliseconds: 0, notes: [], error };
}

function skipped(note: string): ChangeResult {
  return { outcome: "skipped", transferredBytes: 0, milliseconds: 0, notes: [note] };
}

async function prepareEngines(options: ApplyPlanOptions, open: readonly Change[]): Promise<void> {
  const { plan, engineFor, signal, clock, itemMs } = options;
  const moving = open.filter(isMoving);
  const engines = new Set(moving.map(engineFor));
  // content that is checked for repair may be missing
  const doubtful = new Set(open);
  const there = plan.changes.filter((change) => change.action === "none" && !doubtful.has(change));
  const deadline = itemMs === undefined ? undefined : startDeadline(signal, { clock, milliseconds: itemMs });
  try {
    await Promise.all(
      [...engines].map((engine) =>
        engine.prepare([...moving.filter((change) => engineFor(change) === engine), ...there], {
          signal: deadline?.signal ?? signal,
        }),
      ),
    );
  } finally {
    deadline?.end();
  }
}

function toReport(
  plan: Plan,
  results: ReadonlyMap<Change, ChangeResult>,
  run: { milliseconds: number; interrupted: boolean },
): Report {
  const all = plan.changes.flatMap((change) => {
    const result = results.get(change);
    return result === undefined ? [] : [{ change, result }];
  });
  const outcomes = { applied: 0, unchanged: 0, blocked: 0, failed: 0, stale: 0, skipped: 0 };
  for (const { result } of all) outcomes[result.outcome] += 1;
  const transferredBytes = sum(all.map(({ result }) => result.transferredBytes));
  return {
    ...run,
    outcomes,
    results: all,
    transferredBytes,
    ...defined({ failures: plan.failures }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
