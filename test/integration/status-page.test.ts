import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Report } from "../../src/model/event.ts";
import { countActions } from "../../src/model/plan.ts";
import { renderStatusPage } from "../../src/reporters/html/status-page.ts";
import { renderStatusJson } from "../../src/reporters/status-json.ts";
import { allowHosts } from "../../src/app/watch/allowed-hosts.ts";
import { createPages, PROBES } from "../../src/app/watch/pages.ts";
import { listen } from "../../src/app/watch/server.ts";
import { createWatch, type Watch, type WatchOptions } from "../../src/app/watch/watch.ts";
import { change, FAILURE, OLD, tagReference } from "../reporters/samples.ts";
import { shareChromium } from "../support/chromium.ts";
import {
  assertFitsPhone,
  assertHarmless,
  assertReadable,
  assertShowsHostileText,
  HOSTILE,
} from "../support/chromium/looks.ts";
import type { Page } from "../support/chromium/page.ts";
import { requirePrograms } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import { emptyReport, entry, manifestOf, sleepingClock } from "../app/watch/support.ts";

const { onEnd } = createScope();
const open = shareChromium();

const LONG = "manifest HTTP 409: a-rather-long-word-".repeat(6);

/** Opens the status page of a watching process after one run. */
async function openStatus(t: TestContext, name: string, report: Partial<Report>): Promise<Page | undefined> {
  if (!requirePrograms(t, "chromium")) return undefined;
  const drain = new AbortController();
  const watch = watchOf({ name, drain, run: async () => emptyReport(report) });
  await watch.start();
  return openWatch(watch);
}

type Watched = Pick<WatchOptions, "name" | "run"> &
  Partial<Pick<WatchOptions, "load" | "manifest">> & { readonly drain: AbortController };

/** A watch that stops after its first run. */
function watchOf({ name, drain, run, manifest = manifestOf([entry("r.example/a")]), load }: Watched): Watch {
  return createWatch({
    clock: sleepingClock("2026-03-10T00:00:00Z", { onSleep: () => drain.abort() }),
    version: "0",
    name,
    defaultSchedule: "0 * * * *",
    timezone: "UTC",
    jitterMs: 0,
    random: () => 0,
    drain: drain.signal,
    manifest,
    load: load ?? (async () => ({ manifest })),
    run,
    observe: { onRun: () => {}, onManifest: () => {}, onTerm: () => {} },
  });
}

async function openWatch(watch: Watch): Promise<Page> {
  const metrics = { render: async () => ({ type: "text/plain", text: "" }) };
  const render = { html: renderStatusPage, json: renderStatusJson };
  const server = await listen({
    host: "127.0.0.1",
    port: 0,
    pages: createPages({ status: watch.status, metrics, render }),
    isAllowedHost: allowHosts([]),
    anyHost: PROBES,
  });
  onEnd(server.close);
  return open(`http://${server.address}/`);
}

/** The report of a run with a blocked tag, a failed copy and an entry that could not be planned, all with this text. */
function troubled(text: string): Partial<Report> {
  const block = { kind: "registry", host: "t.example", message: text } as const;
  const target = { ...tagReference("t.example/a-rather-long-name/of-an-image:v1"), tag: text };
  const blocked = change({ action: "blocked", target, observed: OLD, block });
  const failed = change({ source: { kind: "docker-daemon", image: text } });
  const error = { code: "DENIED", message: text, hint: text, reference: text } as const;
  const rest = { transferredBytes: 0, milliseconds: 1, notes: [text] };
  return {
    outcomes: { applied: 0, unchanged: 0, blocked: 1, failed: 1, stale: 0, skipped: 0 },
    results: [
      { change: blocked, result: { ...rest, outcome: "blocked", block } },
      { change: failed, result: { ...rest, outcome: "failed", error } },
    ],
    failures: [{ ...FAILURE, error }],
  };
}

/** Returns the visible text, with its white space collapsed. */
async function seen(page: Page): Promise<string> {
  return String(await page.evaluate("document.body.innerText")).replaceAll(/\s+/g, " ");
}

describe("the status page of a watching process in a browser", () => {
  it("shows blocked and failed tags in both themes and on a mobile screen", async (t) => {
    const page = await openStatus(t, "images.yaml", troubled(LONG));
    if (page === undefined) return;
    for (const fit of [async () => {}, assertFitsPhone]) {
      await fit(page);
      await assertReadable(page);
      const text = await seen(page);
      for (const fact of ["imgsync: images.yaml", "needs attention", "1 blocked, 1 failed, 1 error", LONG.trim()])
        assert.ok(text.includes(fact), fact);
      assert.match(
        text,
        /Failed .*DENIED.*Blocked t\.example\/a-rather-long-name\/of-an-image:.*by the registry t\.example/,
      );
      assert.match(text, /Next runs in 59 minutes 2026-03-10 01:00:00 0 \* \* \* \* 1 entry/);
      assert.equal(await page.evaluate("document.querySelectorAll('.good').length"), 0);
    }
    await assertHarmless(page);
  });

  it("shows in both themes and on a mobile screen that all tags are in sync", async (t) => {
    const page = await openStatus(t, "images.yaml", {
      outcomes: { applied: 1, unchanged: 41, blocked: 0, failed: 0, stale: 0, skipped: 0 },
      results: [
        { change: change(), result: { outcome: "applied", transferredBytes: 2048, milliseconds: 1, notes: [] } },
      ],
      transferredBytes: 2048,
    });
    if (page === undefined) return;
    await assertFitsPhone(page);
    await assertReadable(page);
    const text = await seen(page);
    for (const fact of ["all tags in sync", "1 applied, 2.0 KiB"]) assert.ok(text.includes(fact), text);
    assert.match(text, /1 target repository .*r\.example\/a .*in sync/);
    assert.doesNotMatch(text, /Blocked|Failed/);
    await assertHarmless(page);
  });

  it("shows in both themes and on a mobile screen how far a run is", async (t) => {
    if (!requirePrograms(t, "chromium")) return;
    const drain = new AbortController();
    const [started, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const changes = [change(), change({ to: "r.example/a-rather-long-name/of-an-image-that-is-copied/now:2" })];
    const watch = watchOf({
      name: "images.yaml",
      drain,
      run: async (_, listener) => {
        listener.onReading({ answered: 7, asked: 7, isDone: true });
        listener.onEvent({ type: "run.started", total: 2, bytes: 143_000_000, counts: countActions(changes), changes });
        for (const one of changes) listener.onEvent({ type: "change.started", change: one });
        started.resolve();
        await mayEnd.promise;
        return emptyReport();
      },
    });
    const watching = watch.start();
    await started.promise;
    const page = await openWatch(watch);
    for (const fit of [async () => {}, assertFitsPhone]) {
      await fit(page);
      await assertReadable(page);
      const text = await seen(page);
      assert.match(
        text,
        /no run has finished yet .*Running now Applying: 0 of 2 changes done, 0 B of at most 136\.4 MiB/,
      );
      assert.match(text, /Now: .*that-is-copied\/now:2/);
      assert.match(text, /not checked yet/);
    }
    assert.equal(await page.evaluate("document.querySelector('progress').position"), 0);
    await assertHarmless(page);
    mayEnd.resolve();
    await watching;
  });

  it("fits a mobile screen with many target repositories, and works without a script", async (t) => {
    if (!requirePrograms(t, "chromium")) return;
    const drain = new AbortController();
    const names = Array.from(
      { length: 300 },
      (_, at) => `registry-${at % 3}.example.com/team-${at % 40}/a-service-with-a-name/${at}`,
    );
    const watch = watchOf({
      name: "images.yaml",
      drain,
      manifest: manifestOf(names.map((name) => entry(name))),
      run: async () => emptyReport(),
    });
    await watch.start();
    const page = await openWatch(watch);
    assert.equal(await page.evaluate("document.querySelectorAll('.kept tbody tr').length"), 300);
    assert.equal(await page.evaluate("document.scripts.length"), 0);
    await assertFitsPhone(page);
    await assertReadable(page);
    await assertHarmless(page);
  });

  it("shows hostile tags, names and errors as plain text", async (t) => {
    const page = await openStatus(t, HOSTILE, troubled(HOSTILE));
    if (page === undefined) return;
    await assertShowsHostileText(page);
    assert.equal(await page.evaluate("document.querySelectorAll('script').length"), 0);
    await assertFitsPhone(page);
    await assertHarmless(page);
  });
});
