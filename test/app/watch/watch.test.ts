import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImgsyncError } from "../../../src/model/error.ts";
import type { Report } from "../../../src/model/event.ts";
import type { SyncManifest } from "../../../src/model/sync-manifest.ts";
import type { Health, RunProgress, WatchStatus } from "../../../src/model/watch.ts";
import type { RunListener } from "../../../src/app/watch/run-progress.ts";
import { createWatch, type Loaded, type Watch, type WatchOptions } from "../../../src/app/watch/watch.ts";
import { change } from "../../support/changes.ts";
import { smallImage } from "../../support/images.ts";
import { emptyReport, entry, manifestOf, sleepingClock } from "./support.ts";

type Scene = {
  readonly until: string;
  readonly load?: (now: Date) => Promise<Loaded>;
  readonly run?: (manifest: SyncManifest, now: Date, listener: RunListener) => Promise<Report>;
  readonly onSleep?: (status: WatchStatus) => void;
} & Partial<Pick<WatchOptions, "defaultSchedule" | "manifest">>;

/** Watches from midnight until the given time, on a simulated clock. */
async function watchUntil({ until, load, run, onSleep, ...rest }: Scene) {
  const drain = new AbortController();
  const end = new Date(`2026-03-10T${until}Z`);
  const clock = sleepingClock("2026-03-10T00:00:00Z", {
    onSleep: (now) => {
      onSleep?.(watch.status());
      if (now >= end) drain.abort();
    },
  });
  const ran: { readonly at: string; readonly entries: number }[] = [];
  const loads: Loaded[] = [];
  const atRun: Health[] = [];
  const progress: (RunProgress | undefined)[] = [];
  const watch: Watch = createWatch({
    clock,
    version: "0",
    name: "images.yaml",
    defaultSchedule: "0 * * * *",
    timezone: "UTC",
    jitterMs: 0,
    random: () => 0,
    drain: drain.signal,
    manifest: manifestOf([entry("r.example/a")]),
    load: async () => (load === undefined ? { manifest: manifestOf([entry("r.example/a")]) } : load(clock.now())),
    run: async (manifest, listener) => {
      ran.push({ at: clock.now().toISOString().slice(11, 16), entries: manifest.entries.length });
      atRun.push(watch.status().health);
      const report = run === undefined ? emptyReport() : await run(manifest, clock.now(), listener);
      progress.push(watch.status().progress);
      return report;
    },
    observe: { onRun: () => {}, onManifest: (loaded) => void loads.push(loaded), onTerm: () => {} },
    ...rest,
  });
  await watch.start();
  return { ran, loads, atRun, progress, status: watch.status() };
}

describe("createWatch", () => {
  it("runs at once and then by the schedule", async () => {
    const { ran, status } = await watchUntil({ until: "03:30:00" });
    assert.deepEqual(
      ran.map(({ at }) => at),
      ["00:00", "01:00", "02:00", "03:00"],
    );
    assert.deepEqual(status.totals, { runs: 4, failedRuns: 0 });
    assert.equal(status.state, "draining");
  });

  it("continues after a failed run, and reports its error", async () => {
    const { status } = await watchUntil({
      until: "01:30:00",
      run: async (_, now) => {
        if (now.getUTCHours() === 0) throw new ImgsyncError({ code: "REGISTRY_UNREACHABLE", message: "gone" });
        return emptyReport();
      },
    });
    assert.deepEqual(status.totals, { runs: 2, failedRuns: 1 });
    assert.deepEqual(status.runs[1]?.errors, [{ code: "REGISTRY_UNREACHABLE", message: "gone" }]);
    assert.equal(status.lastSuccess?.toISOString(), "2026-03-10T01:00:00.000Z");
  });

  it("applies a changed manifest, and keeps the last valid one while it is broken", async () => {
    const { ran, loads, status } = await watchUntil({
      until: "05:30:00",
      load: async (now) => {
        const minute = now.getUTCHours() * 60 + now.getUTCMinutes();
        if (minute < 90) return { manifest: manifestOf([entry("r.example/a")]) };
        if (minute < 200) return { problem: "images.yaml:1:1: broken" };
        return { manifest: manifestOf([entry("r.example/a"), entry("r.example/b")], "two") };
      },
    });
    assert.deepEqual(
      ran.map(({ at, entries }) => `${at} ${entries}`),
      ["00:00 1", "01:00 1", "02:00 1", "03:00 1", "03:20 2", "04:00 2", "05:00 2"],
    );
    assert.deepEqual(
      loads.map((loaded) => "problem" in loaded),
      [false, true, false],
    );
    assert.equal(status.manifest.problem, undefined);
  });

  it("uses the manifest that it was given while the files are broken from the start", async () => {
    const { ran, loads, status } = await watchUntil({
      until: "02:30:00",
      load: async (now) => {
        if (now.getUTCHours() < 2) return { problem: "images.yaml:1:1: broken" };
        return { manifest: manifestOf([entry("r.example/a"), entry("r.example/b")], "fixed") };
      },
    });
    assert.deepEqual(
      ran.map(({ at, entries }) => `${at} ${entries}`),
      ["00:00 1", "01:00 1", "02:00 2"],
    );
    assert.deepEqual(
      loads.map((loaded) => "problem" in loaded),
      [false, true, false],
    );
    assert.equal(status.manifest.problem, undefined);
  });

  it("reports since when a tag has been blocked, until a run finds it unchanged", async () => {
    const blocked = change("r.example/app:v1", "t.example/app:v1", smallImage(1).digest, { action: "blocked" });
    const report = emptyReport({
      results: [{ change: blocked, result: { outcome: "blocked", transferredBytes: 0, milliseconds: 0, notes: [] } }],
      outcomes: { ...emptyReport().outcomes, blocked: 1 },
    });
    const { status } = await watchUntil({ until: "02:30:00", run: async () => report });
    assert.deepEqual(
      status.blocked.map(({ target, since }) => [target, since.toISOString()]),
      [[blocked.target, "2026-03-10T00:00:00.000Z"]],
    );
    const done = {
      ...report,
      results: report.results.map((one) => ({ ...one, result: { ...one.result, outcome: "unchanged" as const } })),
    };
    const later = await watchUntil({
      until: "02:30:00",
      run: async (_, now) => (now.getUTCHours() < 2 ? report : done),
    });
    assert.deepEqual(later.status.blocked, []);
  });

  it("is never in sync while the manifest is broken, something failed, or nothing was looked at", async () => {
    const minuteOf = (now: Date): number => now.getUTCHours() * 60 + now.getUTCMinutes();
    const seen: string[] = [];
    const watched = await watchUntil({
      until: "05:30:00",
      load: async (now) => {
        if (minuteOf(now) >= 90 && minuteOf(now) < 150) return { problem: "images.yaml:1:1: broken" };
        return { manifest: manifestOf([entry("r.example/a")], "one") };
      },
      run: async (_, now) => {
        if (now.getUTCHours() === 3) throw new ImgsyncError({ code: "REGISTRY_UNREACHABLE", message: "gone" });
        return emptyReport();
      },
      onSleep: ({ now, health }) => {
        if (seen.at(-1)?.endsWith(health) !== true) seen.push(`${now.toISOString().slice(11, 19)} ${health}`);
      },
    });
    assert.deepEqual(seen, [
      "00:00:10 in-sync",
      "01:30:10 failing",
      "02:30:10 in-sync",
      "03:00:10 failing",
      "04:00:10 in-sync",
    ]);
    assert.equal(watched.atRun[0], "unknown", "before the first run has finished");
  });

  it("does not count a clean run as a success while another schedule is failing", async () => {
    const manifest = manifestOf([entry("r.example/a"), entry("r.example/b", "30 * * * *")]);
    const { status } = await watchUntil({
      until: "02:45:00",
      manifest,
      load: async () => ({ manifest }),
      run: async ({ entries }, now) => {
        if (entries.length === 1 && now.getUTCMinutes() === 0 && now.getUTCHours() > 0)
          throw new ImgsyncError({ code: "REGISTRY_UNREACHABLE", message: "gone" });
        return emptyReport();
      },
    });
    assert.equal(status.runs[0]?.errors.length, 0, "the last run was clean");
    assert.equal(status.health, "failing");
    assert.equal(status.lastSuccess?.toISOString(), "2026-03-10T00:30:00.000Z");
    assert.deepEqual(
      status.failedSchedules.map(({ schedule, since }) => [schedule, since.getUTCHours()]),
      [["0 * * * *", 1]],
    );
    assert.deepEqual(
      status.repositories.map(({ state, lastSuccess }) => [state, lastSuccess?.toISOString().slice(11, 16)]),
      [
        ["failing", "00:00"],
        ["in-sync", "02:30"],
      ],
    );
  });

  it("shows the progress of a run, and none between runs", async () => {
    const { progress, status } = await watchUntil({
      until: "00:30:00",
      run: async (_manifest, _now, listener) => {
        listener.onReading({ answered: 1, asked: 2, isDone: false });
        return emptyReport();
      },
    });
    assert.deepEqual(progress, [
      { startedAt: new Date("2026-03-10T00:00:00Z"), schedules: ["0 * * * *"], reading: { answered: 1, asked: 2 } },
    ]);
    assert.equal(status.progress, undefined);
  });

  it("lists at most a thousand failed tags, and counts all", async () => {
    const results = Array.from({ length: 1200 }, (_, at) => ({
      change: change("r.example/app:v1", `r.example/a:${at}`, smallImage(1).digest),
      result: { outcome: "failed", transferredBytes: 0, milliseconds: 0, notes: [] } as const,
    }));
    const { status } = await watchUntil({ until: "00:30:00", run: async () => emptyReport({ results }) });
    assert.equal(status.failed.length, 1000);
    assert.equal(status.tags.failed, 1200);
  });

  it("keeps a bounded history over ten thousand runs", async () => {
    const { ran, status } = await watchUntil({ until: "03:00:00", defaultSchedule: "* * * * * *" });
    assert.ok(ran.length > 10_000);
    assert.equal(status.totals.runs, ran.length);
    assert.equal(status.runs.length, 50);
  });
});
