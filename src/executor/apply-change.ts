import { type ErrorDetails, withContext } from "../model/error.ts";
import type { ChangeResult, Emit, Outcome } from "../model/event.ts";
import type { Change } from "../model/plan.ts";
import type { Applied, Clock, Engine, PutTag, Reader } from "../model/ports.ts";
import { formatReference } from "../model/reference.ts";
import { SETTLE } from "../http/limits.ts";
import { backUp, type BackedUp, NO_BACKUP } from "./back-up.ts";
import { BlockedMeanwhile, lostRace } from "./blocked.ts";
import { confirmAttachments, confirmSettled, type WrittenTag } from "./confirm.ts";
import { type Guard, guardOf } from "./guard.ts";
import { beginItem, type Item, type ItemOptions } from "./item.ts";
import { createLookByBoth } from "./look-at-target.ts";
import { createRaceWatch } from "./race-watch.ts";
import { createRecheck, type RecheckOptions } from "./recheck.ts";
import type { SettleTimes } from "./settle.ts";

export type ApplyChangeOptions = RecheckOptions &
  ItemOptions & {
    readonly reader: Reader;
    readonly clock: Pick<Clock, "monotonic" | "sleep" | "alarm">;
    readonly engineFor: (change: Change) => Engine;
    /** Writes backups. Required if a change of the plan has one. */
    readonly putTag?: PutTag;
    readonly emit: Emit;
    /** Read back every tag after it is written. Tags that must not move are always read back. */
    readonly verify?: boolean;
    readonly settle?: SettleTimes;
  };

/** `confirm`: reads back what was written. If it is present, only its result says how the change ended. */
export type Started = { readonly result: ChangeResult; readonly confirm?: () => Promise<ChangeResult> };

/** Rechecks, applies and reports one change with any engine, within its time limit. Never throws: the result has the outcome. */
export async function applyChange(change: Change, options: ApplyChangeOptions): Promise<Started> {
  const item = beginItem(change, options);
  try {
    return await applyWithin(item, change, options);
  } finally {
    item.end();
  }
}

async function applyWithin(item: Item, change: Change, options: ApplyChangeOptions): Promise<Started> {
  const { engineFor, emit, clock, signal, settle = SETTLE } = options;
  const start = clock.monotonic();
  emit({ type: "change.started", change });
  const ending = (outcome: Outcome, rest: Partial<ChangeResult> = {}): ChangeResult => ({
    outcome,
    transferredBytes: 0,
    notes: [],
    ...rest,
    milliseconds: clock.monotonic() - start,
  });
  const guard = change.action === "create" || change.action === "update" ? guardOf(change.target, options) : undefined;
  const timed = { ...options, signal: item.signal };
  const watch = createRaceWatch(change, { ...timed, settle });
  let isDone = false;
  let kept: BackedUp = NO_BACKUP;
  const recheck = createRecheck(change, timed);
  try {
    const applied = await engineFor(change).apply(change, {
      signal: watch.signal,
      mustNotMove: guard !== undefined,
      onProgress: (progress) => {
        item.noteBytes(progress.totalBytes);
        emit({ type: "change.progress", change, progress });
      },
      recheck: async (isWanted) => {
        const lookedAt = clock.monotonic();
        const found = await recheck(isWanted);
        isDone = found === "done";
        if (found === "go") kept = await backUp(change, timed);
        if (found === "go" && guard?.isOurs === true) watch.start(lookedAt);
        return found;
      },
    });
    const { other, lookedAt } = watch.stop(applied.digest);
    const { warnings = [], ...done } = applied;
    for (const message of warnings) emit({ type: "warning", message, reference: formatReference(change.target) });
    if (change.wanted !== undefined && applied.digest !== undefined && applied.digest !== change.wanted)
      return { result: ending("failed", { digest: applied.digest, error: wrongDigest(change, applied.digest) }) };
    if (guard !== undefined && other !== undefined) {
      const { digest: now } = applied;
      throw lostRace(change.target, { wrote: now, other, now, block: guard.block });
    }
    // nothing was applied if the registry refused every attachment
    const isUnchanged =
      change.action === "attach" ? warnings.length >= (change.attachments ?? []).length && warnings.length > 0 : isDone;
    const late = isDone || lookedAt === undefined ? [] : describeDelay(clock.monotonic() - lookedAt, settle);
    const notes = [...kept.notes, ...done.notes, ...warnings, ...late];
    const result = ending(isUnchanged ? "unchanged" : "applied", { ...done, notes });
    if (isUnchanged) return { result };
    const tags = tagsToConfirm(change, { applied: isDone ? undefined : applied, kept, guard }, options);
    const hasAttachments = options.verify === true && (change.attachments ?? []).length > 0 && warnings.length === 0;
    if (tags.length === 0 && !hasAttachments) return { result };
    const confirm = async (): Promise<ChangeResult> => {
      try {
        for (const tag of tags) await confirmSettled(tag, { ...options, settle });
        if (hasAttachments) await confirmAttachments(change, options);
        return result;
      } catch (thrown) {
        const message = "interrupted after the tag was written and before it was read again";
        if (signal.aborted) return { ...result, outcome: "skipped", error: { code: "INTERRUPTED", message } };
        const { outcome, notes: more = [], ...rest } = failureOf(change, thrown);
        return { ...result, ...rest, outcome, notes: [...notes, ...more] };
      }
    };
    return { result, confirm };
  } catch (thrown) {
    const { isGivenUp } = watch.stop(undefined);
    if (signal.aborted) {
      const message = "interrupted; the tag is as it was, or already complete";
      return { result: ending("skipped", { error: { code: "INTERRUPTED", message } }) };
    }
    const reason = item.reasonFor(thrown);
    const better =
      guard === undefined ? undefined : await explainRace(change, { thrown: reason, guard, isGivenUp }, options);
    const { outcome, notes = [], ...rest } = failureOf(change, better ?? reason);
    return { result: ending(outcome, { ...rest, notes: [...kept.notes, ...notes] }) };
  }
}

/** Returns the tags to read back: those that must not move, or all with `verify`. */
function tagsToConfirm(
  { target, observed }: Change,
  { applied, kept, guard }: { applied: Applied | undefined; kept: BackedUp; guard: Guard | undefined },
  { verify = false }: Pick<ApplyChangeOptions, "verify">,
): readonly WrittenTag[] {
  const isWritten = applied?.digest !== undefined && (guard !== undefined || verify);
  const own = isWritten ? [{ target, digest: applied.digest, observed: observed ?? undefined, guard }] : [];
  // backUp has already read the backup back
  return [...(kept.written?.guard?.isOurs === true ? [kept.written] : []), ...own];
}

/** Explains a failed write of a tag that must not move by what another client wrote. */
async function explainRace(
  { target, wanted, observed }: Change,
  { thrown, guard, isGivenUp }: { thrown: unknown; guard: Guard; isGivenUp: boolean },
  { reader, signal }: ApplyChangeOptions,
): Promise<BlockedMeanwhile | undefined> {
  if (thrown instanceof BlockedMeanwhile) return undefined;
  const isStale = withContext(thrown, { side: "target" }).code === "TAG_STALE";
  if (!isStale && !isGivenUp) return undefined;
  const now = await createLookByBoth(reader)(target, { signal }).then(
    (found) => found?.digest,
    () => undefined,
  );
  if (now === undefined || (now === wanted && !isGivenUp) || now === observed) return undefined;
  return lostRace(target, { wrote: wanted, other: now, now, block: guard.block });
}

function failureOf(
  change: Change,
  thrown: unknown,
): Pick<ChangeResult, "outcome" | "error"> & Partial<Pick<ChangeResult, "block" | "notes">> {
  const error = withContext(thrown, { side: "target", reference: formatReference(change.target) }).details;
  if (thrown instanceof BlockedMeanwhile)
    return { outcome: "blocked", error, notes: [thrown.note], block: thrown.block };
  if (error.code === "TAG_STALE") return { outcome: "stale", error };
  if (error.code === "TAG_IMMUTABLE" || error.code === "TAG_SHARED") {
    const { host } = change.target.repository;
    return { outcome: "blocked", error, block: { kind: "registry", host, message: error.message } };
  }
  return { outcome: "failed", error };
}

/** Reports the window that no check can close: docs/immutability.md. */
function describeDelay(milliseconds: number, { waitMs }: SettleTimes): readonly string[] {
  if (milliseconds <= waitMs) return [];
  const seconds = (milliseconds / 1000).toFixed(1);
  return [
    `the tag was last looked at ${seconds} s before its write ended: a write by another client since then would go unnoticed`,
  ];
}

function wrongDigest(change: Change, digest: string): ErrorDetails {
  return {
    code: "REGISTRY_PROTOCOL",
    side: "target",
    reference: formatReference(change.target),
    message: `the registry says that the tag points at ${digest} now, which is not what was pushed`,
  };
}
