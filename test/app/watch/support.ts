import { digestOf } from "../../../src/model/digest.ts";
import { isProblem, parseReference, type Repository } from "../../../src/model/reference.ts";
import type { Clock } from "../../../src/model/ports.ts";
import type { Report } from "../../../src/model/event.ts";
import type { Entry, SyncManifest } from "../../../src/model/sync-manifest.ts";
import type { RunRecord, WatchStatus } from "../../../src/model/watch.ts";

/** A clock that only sleeping advances; a sleep takes no real time. */
export function sleepingClock(start: string, { onSleep = () => {} }: { onSleep?: (now: Date) => void } = {}): Clock {
  let now = new Date(start).getTime();
  return {
    monotonic: () => now,
    now: () => new Date(now),
    alarm: () => () => undefined,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      now += milliseconds;
      onSleep(new Date(now));
      await Promise.resolve();
    },
  };
}

export function repositoryOf(text: string): Repository {
  const reference = parseReference(text);
  if (isProblem(reference)) throw new Error(reference.problem);
  return reference.repository;
}

export function entry(target: string, schedule?: string): Entry {
  const position = { file: "images.yaml", line: 1, column: 1 };
  return {
    position,
    source: { kind: "registry", repository: repositoryOf("registry.example/app") },
    targets: [target].flat().map((text) => ({ position, repository: repositoryOf(text) })),
    tags: [],
    engine: "registry",
    platforms: "all",
    referrers: true,
    optional: false,
    ...(schedule === undefined ? {} : { schedule }),
  };
}

export function manifestOf(entries: readonly Entry[], name = "test"): SyncManifest {
  return { entries, rules: [], registries: new Map(), hash: digestOf(name) };
}

export function emptyReport(rest: Partial<Report> = {}): Report {
  const outcomes = { applied: 0, unchanged: 1, blocked: 0, failed: 0, stale: 0, skipped: 0 };
  return { outcomes, transferredBytes: 0, milliseconds: 1, interrupted: false, results: [], ...rest };
}

/** A run that found every tag in sync. */
export function record(rest: Partial<RunRecord> = {}): RunRecord {
  return {
    startedAt: new Date("2026-03-10T00:00:00Z"),
    milliseconds: 1,
    schedules: ["@hourly"],
    outcomes: emptyReport().outcomes,
    applied: new Map(),
    transferredBytes: 0,
    results: [],
    more: 0,
    errors: [],
    ...rest,
  };
}

/** The status of a watch that has not run yet. */
export function status(rest: Partial<WatchStatus> = {}): WatchStatus {
  const at = new Date("2026-03-10T00:00:00Z");
  return {
    version: "0",
    startedAt: at,
    now: at,
    state: "waiting",
    health: "unknown",
    manifest: { name: "images.yaml", loadedAt: at },
    due: [],
    runs: [],
    tags: { inSync: 0, held: 0, blocked: 0, failed: 0 },
    blocked: [],
    failed: [],
    failedEntries: [],
    failedSchedules: [],
    repositories: [],
    totals: { runs: 0, failedRuns: 0 },
    ...rest,
  };
}

/** Parses `/metrics`; the result returns the value of a series by its name with labels, or undefined if there is none. */
export function readMetrics(text: string): ((series: string) => number | undefined) & { readonly names: string[] } {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const values = new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
  return Object.assign((series: string) => values.get(series), { names: [...values.keys()] });
}
