import { isAbort, toErrorDetails } from "../../model/error.ts";
import type { Report } from "../../model/event.ts";
import type { Clock } from "../../model/ports.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { isClean, type RunRecord, type WatchStatus } from "../../model/watch.ts";
import type { Election } from "./election.ts";
import { countSchedules, entriesDue } from "./entries-due.ts";
import { recordOf, recordOfFailure } from "./record.ts";
import { healthOf } from "./health.ts";
import { sumTags } from "./repositories.ts";
import { followRun, type ProgressTracker, type RunListener } from "./run-progress.ts";
import { beginStanding, type Standing, troublesOf, updateStanding, updateStandingAfterFailure } from "./standing.ts";
import { createTimetable, type TimetableOptions } from "./timetable.ts";
import { defined } from "../../model/defined.ts";

/** The manifest as it is in the files now, or why it cannot be used. */
export type Loaded = { readonly manifest: SyncManifest } | { readonly problem: string };

export type WatchOptions = TimetableOptions & {
  readonly clock: Clock;
  readonly version: string;
  /** The name of the manifest, for display. */
  readonly name: string;
  /** For entries without a schedule. */
  readonly defaultSchedule: string;
  /** A valid manifest to begin with: the files may become invalid before they are read again. */
  readonly manifest: SyncManifest;
  readonly load: () => Promise<Loaded>;
  /**
   * Plans and applies, and reports what it does. If it throws, only this run fails. `term` fires when another replica may take over: the run
   * must stop at once.
   */
  readonly run: (manifest: SyncManifest, listener: RunListener, term: AbortSignal | undefined) => Promise<Report>;
  /** Of several replicas, only the one that leads runs schedules. Undefined: this is the only one. */
  readonly election?: Pick<Election, "term" | "status" | "onChange"> | undefined;
  readonly observe: WatchObserver;
  /** Ends the waiting, and ends the watch after the current run. */
  readonly drain: AbortSignal;
};

/** Receives runs and manifest changes, for the log, metrics and notifications. */
export type WatchObserver = {
  readonly onRun: (record: RunRecord, after: AfterRun) => void;
  /** Called at the start, and when the manifest changed, became invalid, or became valid again. */
  readonly onManifest: (loaded: Loaded) => void;
  /** Called at the start if there is an election, and when this replica begins or stops to lead. */
  readonly onTerm: (isLeading: boolean) => void;
};

/** The state after a run, whichever runs found the problems. */
export type AfterRun = {
  readonly now: Date;
  /** The number of blocked tags. */
  readonly blocked: number;
  /** What differs from the manifest. Each problem has a text that stays the same as long as the problem does. */
  readonly troubles: ReadonlySet<string>;
};

export type Watch = {
  readonly status: () => WatchStatus;
  /** Resolves when drained. */
  readonly start: () => Promise<void>;
};

/** How many runs are kept for the status page. */
const KEPT_RUNS = 50;
/** How often the manifest's files are checked between runs. */
const LOOK_MS = 10_000;
/** How many blocked and failed tags the status lists. Its counts cover all. */
const MOST_LISTED = 1000;
/** Reading the manifest may take at most 1/READING_SHARE of the time. */
const READING_SHARE = 100;

/**
 * Runs what is due, one run after another, until it is drained. All schedules are due at the start and after a manifest change, so that it
 * is visible at once whether the manifest works. If the manifest becomes invalid, the last valid one stays in use. With an election, each
 * term begins like a start, because this replica does not know what another one did before.
 */
export function createWatch(options: WatchOptions): Watch {
  const { clock, defaultSchedule, drain, observe, election } = options;
  const timetable = createTimetable(options);
  const startedAt = clock.now();
  const totals = { runs: 0, failedRuns: 0 };
  let current = { manifest: options.manifest, loadedAt: startedAt };
  let problem: string | undefined;
  let runs: readonly RunRecord[] = [];
  /** Of this manifest and term. */
  let lastRun: RunRecord | undefined;
  let lastSuccess: Date | undefined;
  let standing: Standing | undefined;
  let progress: ProgressTracker | undefined;
  let lookMs = LOOK_MS;
  let term: AbortSignal | undefined;

  const begin = (): void => {
    lastRun = undefined;
    standing = beginStanding(current.manifest, standing);
    timetable.set(countSchedules(current.manifest, defaultSchedule), clock.now());
  };

  const use = (manifest: SyncManifest): void => {
    current = { manifest, loadedAt: clock.now() };
    begin();
  };

  const reload = async (): Promise<void> => {
    const start = clock.monotonic();
    const loaded = await options.load().catch((thrown: unknown) => ({ problem: toErrorDetails(thrown).message }));
    lookMs = Math.max(LOOK_MS, (clock.monotonic() - start) * READING_SHARE);
    const before = { hash: current.manifest.hash, problem };
    problem = "problem" in loaded ? loaded.problem : undefined;
    if ("manifest" in loaded && loaded.manifest.hash !== before.hash) use(loaded.manifest);
    if (problem !== before.problem || current.manifest.hash !== before.hash) observe.onManifest(loaded);
  };

  const runDue = async (manifest: SyncManifest, schedules: readonly string[]): Promise<void> => {
    const begun = { startedAt: clock.now(), at: clock.monotonic() };
    const times = () => ({ startedAt: begun.startedAt, milliseconds: clock.monotonic() - begun.at, schedules });
    const part = entriesDue(manifest, schedules, defaultSchedule);
    const before = standing ?? beginStanding(manifest);
    const run = () => ({ manifest: part, schedules, now: clock.now() });
    progress = followRun({ startedAt: begun.startedAt, schedules });
    const ended = await options.run(part, progress, term).then(
      (report) => {
        standing = updateStanding(before, report, run());
        return recordOf(report, times());
      },
      (thrown: unknown) => {
        // a run that was cancelled while it was reading has no result
        if ((drain.aborted || term?.aborted === true) && isAbort(thrown)) return undefined;
        standing = updateStandingAfterFailure(before, toErrorDetails(thrown), run());
        return recordOfFailure(thrown, times());
      },
    );
    progress = undefined;
    if (ended !== undefined) keep(ended);
  };

  const keep = (record: RunRecord): void => {
    runs = [record, ...runs].slice(0, KEPT_RUNS);
    lastRun = record;
    totals.runs += 1;
    if (!isClean(record)) totals.failedRuns += 1;
    // a clean run of one schedule is not a success while something of another is failing
    if (healthOf({ standing, problem, lastRun: record }) === "in-sync") lastSuccess = clock.now();
    const troubles = standing === undefined ? new Set<string>() : troublesOf(standing);
    observe.onRun(record, { now: clock.now(), blocked: standing?.blocked.size ?? 0, troubles });
  };

  /** Whether this replica runs schedules now. */
  const leads = (): boolean => {
    if (election === undefined) return true;
    const now = election.term();
    if (now === term) return term !== undefined;
    if ((now === undefined) !== (term === undefined)) observe.onTerm(now !== undefined);
    term = now;
    begin();
    return term !== undefined;
  };

  const waitForMore = async (milliseconds: number): Promise<void> => {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    const forget = election?.onChange(wake);
    if (drain.aborted) wake();
    drain.addEventListener("abort", wake, { once: true });
    await clock.sleep(milliseconds, woken.signal).catch((thrown: unknown) => {
      if (!woken.signal.aborted) throw thrown;
    });
    drain.removeEventListener("abort", wake);
    forget?.();
  };

  const untilDue = (): number => {
    const next = timetable.list()[0]?.at.getTime() ?? Infinity;
    return Math.max(0, Math.min(lookMs, next - clock.now().getTime()));
  };

  /** Whether what it found still counts: a lost term is noticed only when the run in progress has stopped. */
  const isCurrent = (): boolean => election === undefined || (term !== undefined && election.term() === term);

  const stateOf = (): WatchStatus["state"] => {
    if (drain.aborted) return "draining";
    if (progress !== undefined) return "running";
    return election !== undefined && election.term() === undefined ? "standby" : "waiting";
  };

  return {
    start: async () => {
      use(options.manifest);
      observe.onManifest({ manifest: options.manifest });
      if (election !== undefined) observe.onTerm(false);
      while (!drain.aborted) {
        await reload();
        const due = leads() ? timetable.takeDue(clock.now()) : undefined;
        if (due === undefined) await waitForMore(lookMs);
        else if (due.length > 0) await runDue(current.manifest, due);
        else await waitForMore(untilDue());
      }
    },
    status: () => ({
      version: options.version,
      startedAt,
      now: clock.now(),
      state: stateOf(),
      health: healthOf({ standing: isCurrent() ? standing : undefined, problem, lastRun }),
      manifest: {
        name: options.name,
        loadedAt: current.loadedAt,
        ...defined({ problem }),
      },
      due: isCurrent() ? timetable.list() : [],
      runs,
      ...describeStanding(standing),
      totals: { ...totals },
      ...defined({ lastSuccess, progress: progress?.read(), lease: election?.status() }),
    }),
  };
}

function describeStanding(
  standing: Standing | undefined,
): Pick<WatchStatus, "tags" | "blocked" | "failed" | "failedEntries" | "failedSchedules" | "repositories"> {
  const first = <Tag>(all: ReadonlyMap<string, Tag> = new Map()): readonly Tag[] =>
    all.values().take(MOST_LISTED).toArray();
  const repositories = [...(standing?.repositories.values() ?? [])];
  return {
    tags: sumTags(repositories),
    blocked: first(standing?.blocked),
    failed: first(standing?.failed),
    failedEntries: first(standing?.entries),
    failedSchedules: first(standing?.schedules),
    repositories,
  };
}
