import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Report } from "../../src/model/event.ts";
import { renderStatusPage } from "../../src/reporters/html/status-page.ts";
import { renderStatusJson } from "../../src/reporters/status-json.ts";
import { allowHosts } from "../../src/app/watch/allowed-hosts.ts";
import { createPages, PROBES } from "../../src/app/watch/pages.ts";
import { listen } from "../../src/app/watch/server.ts";
import { createWatch } from "../../src/app/watch/watch.ts";
import { change, FAILURE, OLD, tagReference } from "../reporters/samples.ts";
import { shareChromium } from "../support/chromium.ts";
import {
  assertFitsTelephone,
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
  const watch = createWatch({
    clock: sleepingClock("2026-03-10T00:00:00Z", { onSleep: () => drain.abort() }),
    version: "0",
    name,
    defaultSchedule: "0 * * * *",
    timezone: "UTC",
    jitterMs: 0,
    random: () => 0,
    drain: drain.signal,
    load: async () => ({ manifest: manifestOf([entry("r.example/a")]) }),
    run: async () => emptyReport(report),
    observe: { onRun: () => {}, onManifest: () => {} },
  });
  await watch.start();
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
    for (const fit of [async () => {}, assertFitsTelephone]) {
      await fit(page);
      await assertReadable(page);
      const text = await seen(page);
      for (const fact of ["imgsync: images.yaml", "needs attention", "1 blocked, 1 failed, 1 error", LONG.trim()])
        assert.ok(text.includes(fact), fact);
      assert.match(text, /Blocked t\.example\/a-rather-long-name\/of-an-image:.*by the registry t\.example/);
      assert.match(text, /Next 2026-03-10 01:00:00 0 \* \* \* \* 1 entry/);
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
    await assertFitsTelephone(page);
    await assertReadable(page);
    const text = await seen(page);
    for (const fact of ["all tags in sync", "0 blocked", "1 applied, 2.0 KiB"]) assert.ok(text.includes(fact), text);
    assert.doesNotMatch(text, /Blocked/);
    await assertHarmless(page);
  });

  it("shows hostile tags, names and errors as plain text", async (t) => {
    const page = await openStatus(t, HOSTILE, troubled(HOSTILE));
    if (page === undefined) return;
    await assertShowsHostileText(page);
    assert.equal(await page.evaluate("document.querySelectorAll('script').length"), 0);
    await assertFitsTelephone(page);
    await assertHarmless(page);
  });
});
