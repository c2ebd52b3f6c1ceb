import { formatReference } from "../model/reference.ts";
import type { BlockedTag, DueTime, RunRecord, WatchStatus } from "../model/watch.ts";
import type * as schema from "../schema/generated/status.ts";
import { copyBlock, copyError } from "./change-document.ts";
import { encodeChangeResult } from "./event-document.ts";
import { defined } from "../model/defined.ts";

/** Encodes the state of a watching process: schemas/status.schema.json. */
export function encodeStatus(status: WatchStatus): schema.StatusDocument {
  const { version, startedAt, now, state, manifest, due, totals, lastSuccess, blocked, runs } = status;
  const { name, loadedAt, problem } = manifest;
  return {
    version,
    startedAt: startedAt.toISOString(),
    now: now.toISOString(),
    state,
    manifest: { name, loadedAt: loadedAt.toISOString(), ...defined({ problem }) },
    due: due.map(encodeDue),
    totals: { runs: totals.runs, failedRuns: totals.failedRuns },
    ...defined({ lastSuccess: lastSuccess === undefined ? undefined : lastSuccess.toISOString() }),
    blocked: blocked.map(encodeBlocked),
    runs: runs.map(encodeRun),
  };
}

/** Encodes one scheduled run. */
export function encodeRun(run: RunRecord): schema.Run {
  return {
    startedAt: run.startedAt.toISOString(),
    milliseconds: Math.round(run.milliseconds),
    schedules: [...run.schedules],
    outcomes: run.outcomes,
    applied: Object.fromEntries(run.applied),
    transferredBytes: run.transferredBytes,
    results: run.results.map(encodeChangeResult),
    more: run.more,
    errors: run.errors.map(copyError),
  };
}

function encodeDue({ schedule, entries, at }: DueTime): schema.Due {
  return { schedule, entries, at: at.toISOString() };
}

function encodeBlocked({ target, since, block }: BlockedTag): schema.Blocked {
  return {
    target: formatReference(target),
    since: since.toISOString(),
    ...defined({ block: block === undefined ? undefined : copyBlock(block) }),
  };
}
