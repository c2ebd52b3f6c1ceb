import { startDeadline } from "../model/deadline.ts";
import { type ErrorDetails, withContext } from "../model/error.ts";
import type { ChangeResult, Emit, Outcome, Report } from "../model/event.ts";
import { type Change, countActions, isMoving, type Plan } from "../model/plan.ts";
import type { Engine, PutTag } from "../model/ports.ts";
import { formatReference } from "../model/reference.ts";
import { backUp } from "./back-up.ts";
import { findUnsigned, type FindUnsignedOptions } from "./find-unsigned.ts";
import { inParallel } from "./in-parallel.ts";
import { beginItem, type ItemOptions } from "./item.ts";
import { BlockedMeanwhile, createRecheck, type RecheckOptions } from "./recheck.ts";
import { isRepairable, repairOne } from "./repair.ts";

export type ApplyPlanOptions = RecheckOptions &
  FindUnsignedOptions &
  Pick<ItemOptions, "clock" | "itemMs"> & {
    readonly plan: Plan;
    readonly engineFor: (change: Change) => Engine;
    /** What makes backups, for a plan that has some. */
    readonly putTag?: PutTag;
    readonly emit: Emit;
    /** How many changes are under way at a time. */
    readonly concurrency: number;
    readonly skipBlocked: boolean;
    readonly failFast: boolean;
    /** Once it fires no change is begun; those under way go on. */
    readonly drain?: AbortSignal;
    /** Also look through what is under the tags that are right already, and restore what is missing there. */
    readonly repair?: boolean;
  };

/**
 * Applies a plan: signatures, recheck, apply, verify, report, once for every engine. Nothing is written while a change is blocked (unless
 * blocked ones are to be skipped), or where failing fast was asked for and a change cannot be planned. One failure stops
 * no other change, unless failing fast; but tags are deleted only after all else
 * is done, and not at all where something failed or was blocked. Never throws for a change: the report tells.
 */
export async function applyPlan(options: ApplyPlanOptions): Promise<Report> {
  const { plan, emit, clock, signal, concurrency, failFast } = options;
  const start = clock.monotonic();
  const stop = new AbortController();
  const holdsBack = reasonToHoldBack(options);
  const moving = holdsBack === undefined ? plan.changes.filter(isMoving) : [];
  const bytes = sum(moving.map((change) => change.bytes ?? 0));
  emit({ type: "run.started", total: moving.length, bytes, counts: countActions(plan.changes) });
  const results = new Map<Change, ChangeResult>();
  const finish = (change: Change, result: ChangeResult): void => {
    results.set(change, result);
    const isQuiet = (change.action === "none" || change.action === "held") && result.outcome === "unchanged";
    if (!isQuiet) emit({ type: "change.finished", change, result });
    if (failFast && !isGood(result)) stop.abort();
  };
  for (const change of plan.changes) {
    if (holdsBack === undefined && isToRepair(change, options)) continue;
    const known = knownResult(change) ?? (holdsBack === undefined ? undefined : skipped(holdsBack));
    if (known !== undefined) finish(change, known);
  }
  const ready = plan.changes.filter((change) => !results.has(change));
  // before the engines know of them: what is read for one change may be written for another as well
  const unsigned = await findUnsigned(ready, options);
  for (const [change, error] of unsigned) if (!signal.aborted) finish(change, failed(error));
  const open = ready.filter((change) => !results.has(change));
  await prepareEngines(options, open);
  const work = async (change: Change): Promise<void> => {
    const isEnding = signal.aborted || options.drain?.aborted === true;
    if (isEnding || stop.signal.aborted)
      return finish(change, skipped(isEnding ? "interrupted before it began" : "not begun after a failure"));
    const working =
      change.action === "none" ? repairOne(change, options.engineFor(change), options) : applyOne(change, options);
    finish(change, await working);
  };
  const [deletes, others] = split(open, ({ action }) => action === "delete");
  await inParallel(concurrency, others, work);
  const mayDelete = (plan.failures ?? []).length === 0 && [...results.values()].every(isGood);
  // one at a time: by digest one delete may take tags of another with it
  await inParallel(1, deletes, async (change) =>
    mayDelete ? work(change) : finish(change, skipped("nothing is deleted, because not all else is done")),
  );
  const report = toReport(plan, results, { milliseconds: clock.monotonic() - start, interrupted: signal.aborted });
  emit({ type: "run.finished", report });
  return report;
}

async function applyOne(change: Change, options: ApplyPlanOptions): Promise<ChangeResult> {
  const { engineFor, emit, clock, signal } = options;
  const start = clock.monotonic();
  emit({ type: "change.started", change });
  const ending = (outcome: Outcome, rest: Partial<ChangeResult> = {}): ChangeResult => ({
    outcome,
    transferredBytes: 0,
    notes: [],
    ...rest,
    milliseconds: clock.monotonic() - start,
  });
  let isDone = false;
  let kept: readonly string[] = [];
  const item = beginItem(change, options);
  const timed = { ...options, signal: item.signal };
  const recheck = createRecheck(change, timed);
  try {
    const applied = await engineFor(change).apply(change, {
      signal: item.signal,
      onProgress: (progress) => {
        item.noteBytes(progress.totalBytes);
        emit({ type: "change.progress", change, progress });
      },
      recheck: async (isWanted) => {
        const found = await recheck(isWanted);
        isDone = found === "done";
        if (found === "go") kept = await backUp(change, timed);
        return found;
      },
    });
    const { warnings = [], ...done } = applied;
    for (const message of warnings) emit({ type: "warning", message, reference: formatReference(change.target) });
    if (change.wanted !== undefined && applied.digest !== undefined && applied.digest !== change.wanted)
      return ending("failed", { digest: applied.digest, error: wrongDigest(change, applied.digest) });
    // where the registry refused all that was to be attached, nothing was applied
    const isUnchanged =
      change.action === "attach" ? warnings.length >= (change.attachments ?? []).length && warnings.length > 0 : isDone;
    return ending(isUnchanged ? "unchanged" : "applied", { ...done, notes: [...kept, ...done.notes, ...warnings] });
  } catch (thrown) {
    if (signal.aborted)
      return ending("skipped", {
        error: { code: "INTERRUPTED", message: "interrupted; the tag is as it was, or already complete" },
      });
    const error = withContext(item.reasonFor(thrown), {
      side: "target",
      reference: formatReference(change.target),
    }).details;
    if (thrown instanceof BlockedMeanwhile)
      return ending("blocked", { error, notes: [...kept, thrown.note], block: thrown.block });
    if (error.code === "TAG_STALE") return ending("stale", { error, notes: kept });
    if (error.code === "TAG_IMMUTABLE" || error.code === "TAG_SHARED")
      return ending("blocked", {
        error,
        notes: kept,
        block: { kind: "registry", host: change.target.repository.host, message: error.message },
      });
    return ending("failed", { error, notes: kept });
  } finally {
    item.end();
  }
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

/** Results that need no work: nothing to do, or nothing that can be done. */
function knownResult(change: Change): ChangeResult | undefined {
  const nothing = { transferredBytes: 0, milliseconds: 0, notes: change.notes };
  if (change.action === "held") return { outcome: "unchanged", ...nothing };
  if (change.action === "none")
    return { outcome: "unchanged", ...nothing, ...(change.wanted === undefined ? {} : { digest: change.wanted }) };
  if (change.action === "blocked")
    return { outcome: "blocked", ...nothing, ...(change.block === undefined ? {} : { block: change.block }) };
  if (change.action === "error")
    return { outcome: "failed", ...nothing, ...(change.error === undefined ? {} : { error: change.error }) };
  return undefined;
}

function reasonToHoldBack({ plan, skipBlocked, failFast }: ApplyPlanOptions): string | undefined {
  const counts = countActions(plan.changes);
  if (counts.blocked > 0 && !skipBlocked) return "not begun, because another change is blocked";
  if (counts.error + (plan.failures ?? []).length > 0 && failFast)
    return "not begun, because another change cannot be made";
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
  // what is to be looked through is not known to be there
  const doubtful = new Set(open);
  const there = plan.changes.filter((change) => change.action === "none" && !doubtful.has(change));
  const deadline = itemMs === undefined ? undefined : startDeadline(signal, { clock, milliseconds: itemMs });
  await Promise.all(
    [...engines].map((engine) =>
      engine.prepare([...moving.filter((change) => engineFor(change) === engine), ...there], {
        signal: deadline?.signal ?? signal,
      }),
    ),
  );
  deadline?.end();
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
    ...(plan.failures === undefined ? {} : { failures: plan.failures }),
  };
}

function wrongDigest(change: Change, digest: string): ErrorDetails {
  return {
    code: "REGISTRY_PROTOCOL",
    side: "target",
    reference: formatReference(change.target),
    message: `the registry says that the tag points at ${digest} now, which is not what was pushed`,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
