import { formatReference, formatRepository } from "../model/reference.ts";
import type {
  BlockedTag,
  DueTime,
  FailedEntry,
  FailedSchedule,
  FailedTag,
  KeptRepository,
  LeaseStatus,
  RunProgress,
  RunRecord,
  TagCounts,
  WatchStatus,
} from "../model/watch.ts";
import type * as schema from "../schema/generated/status.ts";
import { copyBlock, copyError, copyPosition, encodeFailure } from "./change-document.ts";
import { encodeChangeResult } from "./event-document.ts";
import { defined } from "../model/defined.ts";

/** Encodes the state of a watching process: schemas/status.schema.json. */
export function encodeStatus(status: WatchStatus): schema.StatusDocument {
  const { version, startedAt, now, state, health, progress, manifest, due, totals, tags, lastSuccess, runs } = status;
  const { blocked, failed, failedEntries, failedSchedules, repositories, lease } = status;
  const { name, loadedAt, problem } = manifest;
  return {
    version,
    startedAt: startedAt.toISOString(),
    now: now.toISOString(),
    state,
    health,
    ...defined({ progress: progress === undefined ? undefined : encodeProgress(progress) }),
    manifest: { name, loadedAt: loadedAt.toISOString(), ...defined({ problem }) },
    due: due.map(encodeDue),
    totals: { runs: totals.runs, failedRuns: totals.failedRuns },
    ...defined({
      lastSuccess: lastSuccess?.toISOString(),
      lease: lease === undefined ? undefined : encodeLease(lease),
    }),
    tags: copyTags(tags),
    blocked: blocked.map(encodeBlocked),
    failed: failed.map(encodeFailed),
    failedEntries: failedEntries.map(encodeFailedEntry),
    failedSchedules: failedSchedules.map(encodeFailedSchedule),
    repositories: repositories.map(encodeRepository),
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

function encodeLease({ name, identity, isLeading, holder, problem }: LeaseStatus): schema.Lease {
  return { name, identity, leading: isLeading, ...defined({ holder, problem }) };
}

function encodeDue({ schedule, entries, at }: DueTime): schema.Due {
  return { schedule, entries, at: at.toISOString() };
}

function encodeBlocked({ target, since, block, positions, hint }: BlockedTag): schema.Blocked {
  return {
    target: formatReference(target),
    since: since.toISOString(),
    ...defined({ block: block === undefined ? undefined : copyBlock(block) }),
    positions: positions.map(copyPosition),
    hint,
  };
}

function encodeFailed({ target, since, outcome, positions, error }: FailedTag): schema.Failed {
  return {
    target: formatReference(target),
    since: since.toISOString(),
    outcome,
    positions: positions.map(copyPosition),
    ...defined({ error: error === undefined ? undefined : copyError(error) }),
  };
}

function encodeFailedEntry({ since, ...failure }: FailedEntry): schema.FailedEntry {
  return { ...encodeFailure(failure), since: since.toISOString() };
}

function encodeFailedSchedule({ schedule, since, error }: FailedSchedule): schema.FailedSchedule {
  return { schedule, since: since.toISOString(), error: copyError(error) };
}

function encodeRepository({ repository, state, tags, lastSuccess }: KeptRepository): schema.Repository {
  return {
    repository: formatRepository(repository),
    state,
    tags: copyTags(tags),
    ...defined({ lastSuccess: lastSuccess?.toISOString() }),
  };
}

function encodeProgress({ startedAt, schedules, reading, applying }: RunProgress): schema.Progress {
  return {
    startedAt: startedAt.toISOString(),
    schedules: [...schedules],
    reading: { answered: reading.answered, asked: reading.asked },
    ...defined({
      applying: applying === undefined ? undefined : { ...applying, current: applying.current.map(formatReference) },
    }),
  };
}

function copyTags({ inSync, held, blocked, failed }: TagCounts): schema.TagCounts {
  return { inSync, held, blocked, failed };
}
