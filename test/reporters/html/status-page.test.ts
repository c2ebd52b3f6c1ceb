import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunRecord, WatchStatus } from "../../../src/model/watch.ts";
import { renderStatusPage } from "../../../src/reporters/html/status-page.ts";
import { renderStatusJson } from "../../../src/reporters/status-json.ts";
import { renderWebhookMessage } from "../../../src/reporters/webhook-message.ts";
import { change } from "../../support/changes.ts";
import { smallImage } from "../../support/images.ts";

const HOSTILE = `</li><script>alert("1")</script> <!here> @channel [link](https://evil.test) \u202e\u0007`;

const { change: blocked, result } = {
  change: change("r.example/app:v1", "t.example/app:v1", smallImage(1).digest, { action: "blocked" }),
  result: {
    outcome: "blocked",
    transferredBytes: 0,
    milliseconds: 3,
    notes: [],
    block: { kind: "registry", host: "t.example", message: HOSTILE },
  },
} as const;

const run: RunRecord = {
  startedAt: new Date("2026-03-10T00:00:00Z"),
  milliseconds: 1200,
  schedules: ["*/15 * * * *"],
  outcomes: { applied: 1, unchanged: 3, blocked: 1, failed: 0, stale: 0, skipped: 0 },
  applied: new Map([["create", 1]]),
  transferredBytes: 2048,
  results: [{ change: blocked, result }],
  more: 7,
  errors: [{ code: "REGISTRY_ERROR", message: HOSTILE }],
};

const status: WatchStatus = {
  version: "0.1.0",
  startedAt: new Date("2026-03-09T00:00:00Z"),
  now: new Date("2026-03-10T00:05:00Z"),
  state: "waiting",
  manifest: { name: "images.yaml", loadedAt: new Date("2026-03-09T00:00:00Z"), problem: HOSTILE },
  due: [{ schedule: "*/15 * * * *", entries: 2, at: new Date("2026-03-10T00:15:00Z") }],
  runs: [run],
  blocked: [{ target: blocked.target, since: new Date("2026-03-09T00:00:00Z"), block: result.block }],
  totals: { runs: 5, failedRuns: 2 },
};

describe("the status page", () => {
  const page = renderStatusPage(status);

  it("shows blocked tags with the reason, the due schedules and the results of runs", () => {
    const text = page.replaceAll(/<style>.*<\/style>|<[^>]*>/gs, "").replaceAll(/\s+/g, " ");
    assert.match(text, /Blocked t\.example\/app:v1since 2026-03-09 00:00:00 by the registry t\.example/);
    assert.match(text, /2026-03-10 00:15:00\*\/15 \* \* \* \* 2 entries/);
    assert.match(text, /1 applied, 1 blocked, 1 error, 2\.0 KiB in 1\.2 s/);
    assert.match(text, /and 7 more/);
  });

  it("shows untrusted text as plain text", () => {
    for (const hidden of ["<script", "<!here", "\u202e", "\u0007"]) assert.ok(!page.includes(hidden), hidden);
    assert.equal(page.split("&lt;script&gt;").length, 5);
  });

  it("loads no external resources", () => {
    assert.doesNotMatch(page, /(?:src|href)="(?!\/)|url\(|@import/);
  });
});

describe("the status as JSON", () => {
  it("has the same content, without characters that a terminal interprets", () => {
    const text = renderStatusJson(status);
    for (const hidden of ["\u202e", "\u0007"]) assert.ok(!text.includes(hidden));
    const { runs, blocked: tags } = JSON.parse(text);
    assert.equal(tags[0].target, "t.example/app:v1");
    assert.deepEqual(runs[0].applied, { create: 1 });
    assert.equal(runs[0].errors[0].message, HOSTILE);
    assert.equal(runs[0].results[0].result.block.message, HOSTILE);
  });
});

describe("the message for a webhook", () => {
  it("summarises the run, and untrusted text in it cannot mention users or add links", () => {
    const { text, mrkdwn, clean } = JSON.parse(renderWebhookMessage("images.yaml", run, 1));
    assert.match(text, /^imgsync images\.yaml: 1 applied, 1 blocked, 1 error, 2\.0 KiB moved$/m);
    assert.match(text, /and 7 more$/);
    assert.equal(clean, false);
    assert.equal(mrkdwn, false);
    assert.doesNotMatch(text, /<|>|@c/);
  });

  it("reports that all is in sync only when no other tag is out of sync", () => {
    const outcomes = { applied: 0, unchanged: 3, blocked: 0, failed: 0, stale: 0, skipped: 0 };
    const well: RunRecord = {
      ...run,
      outcomes,
      applied: new Map(),
      transferredBytes: 0,
      results: [],
      more: 0,
      errors: [],
    };
    const textOf = (open: number): string => JSON.parse(renderWebhookMessage("images.yaml", well, open)).text;
    assert.equal(textOf(0), "imgsync images.yaml: all tags in sync again");
    assert.equal(textOf(2), "imgsync images.yaml: all due tags in sync again, 2 elsewhere are not in sync");
  });
});
