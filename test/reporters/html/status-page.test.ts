import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KeptRepository, RunRecord, WatchStatus } from "../../../src/model/watch.ts";
import { renderStatusPage } from "../../../src/reporters/html/status-page.ts";
import { renderStatusJson } from "../../../src/reporters/status-json.ts";
import { renderWebhookMessage } from "../../../src/reporters/webhook-message.ts";
import { status as statusOf } from "../../app/watch/support.ts";
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

const NOW = new Date("2026-03-10T00:05:00Z");
const POSITION = { file: "images.yaml", line: 9, column: 9 };
const REPOSITORY = blocked.target.repository;
const NO_TAGS = { inSync: 0, held: 0, blocked: 0, failed: 0 };
const FAILED = {
  target: { ...blocked.target, tag: "v2" },
  since: new Date("2026-03-09T23:50:00Z"),
  outcome: "failed",
  positions: [POSITION],
  error: { code: "DENIED", side: "target", message: "no access", hint: "log in" },
} as const;

const status: WatchStatus = statusOf({
  version: "0.1.0",
  startedAt: new Date("2026-03-09T00:00:00Z"),
  now: NOW,
  health: "failing",
  manifest: { name: "images.yaml", loadedAt: new Date("2026-03-09T00:00:00Z"), problem: HOSTILE },
  due: [{ schedule: "*/15 * * * *", entries: 2, at: new Date("2026-03-10T00:15:00Z") }],
  runs: [run],
  tags: { inSync: 3, held: 0, blocked: 1, failed: 1 },
  blocked: [
    {
      target: blocked.target,
      since: new Date("2026-03-09T00:00:00Z"),
      block: result.block,
      positions: [POSITION],
      hint: "use a new tag",
    },
  ],
  failed: [FAILED],
  totals: { runs: 5, failedRuns: 2 },
});

function textOf(shown: WatchStatus): string {
  const body = renderStatusPage(shown).replace(/^.*<body>/s, "");
  return body
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ")
    .replaceAll(" ,", ",");
}

describe("the status page", () => {
  const page = renderStatusPage(status);

  it("shows blocked tags with the reason and what to do, the due schedules and the results of runs", () => {
    const text = textOf(status);
    assert.match(
      text,
      /Blocked t\.example\/app:v1 for 1 day since 2026-03-09 00:00:00 by the registry t\.example.*What to do: use a new tag mapped at images\.yaml:9:9/,
    );
    assert.match(text, /Next runs in 10 minutes 2026-03-10 00:15:00 \*\/15 \* \* \* \* 2 entries/);
    assert.match(text, /5 minutes ago 2026-03-10 00:00:00 1 applied, 1 blocked, 1 error, 2\.0 KiB in 1\.2 s/);
    assert.match(text, /and 7 more/);
  });

  it("shows failed runs, entries and tags in their own section, before blocked ones", () => {
    const error = { code: "LOCK_OUTDATED", message: "the lock lacks 2 mappings", hint: "run imgsync lock" } as const;
    const since = new Date("2026-03-10T00:04:18Z");
    const text = textOf({
      ...status,
      failedSchedules: [{ schedule: "@daily", since, error }],
      failedEntries: [{ positions: [POSITION], source: REPOSITORY, targets: [REPOSITORY], error, since }],
      failed: [
        FAILED,
        { target: { ...FAILED.target, tag: "v3" }, since, outcome: "stale", positions: [POSITION] },
        { ...FAILED, outcome: "skipped" },
      ],
      tags: { ...status.tags, failed: 3 },
    });
    const [, failed = ""] = / Failed (.*) Blocked /.exec(text) ?? [];
    const parts = [
      "the run of @daily for 42 seconds since 2026-03-10 00:04:18 the lock lacks 2 mappings [LOCK_OUTDATED] What to do: run imgsync lock",
      "t.example/app for 42 seconds since 2026-03-10 00:04:18 the lock lacks 2 mappings [LOCK_OUTDATED] What to do: run imgsync lock mapped at images.yaml:9:9",
      "t.example/app:v2 for 15 minutes since 2026-03-09 23:50:00 target: no access [DENIED] What to do: log in mapped at images.yaml:9:9",
      "t.example/app:v3 for 42 seconds since 2026-03-10 00:04:18 the tag moved after the run was planned mapped at images.yaml:9:9",
      "1 tag was skipped: the run ended before it was written",
    ];
    assert.equal(failed.trim(), parts.join(" "));
    assert.match(
      text,
      /needs attention the manifest is broken, 3 tags failed, 1 tag is blocked, 1 entry failed, 1 run failed/,
    );
  });

  it("is green only if all is well", () => {
    const isGreen = (shown: WatchStatus): boolean => /class="[^"]*good/.test(renderStatusPage(shown));
    const kept = { repository: REPOSITORY, state: "in-sync", tags: { ...NO_TAGS, inSync: 3 } } as const;
    const well = statusOf({ health: "in-sync", repositories: [kept], totals: { runs: 1, failedRuns: 0 } });
    assert.ok(isGreen(well));
    assert.match(textOf(well), /all tags in sync/);
    assert.match(renderStatusPage(well), /<title>imgsync: images\.yaml: all tags in sync<\/title>/);
    for (const health of ["failing", "unknown"] as const) {
      assert.ok(!isGreen({ ...well, health }), health);
      assert.doesNotMatch(textOf({ ...well, health }), /all tags in sync/);
    }
    assert.match(textOf(statusOf()), /no run has finished yet/);
    assert.match(textOf(statusOf({ totals: { runs: 1, failedRuns: 0 } })), /not everything has been checked yet/);
  });

  it("lists the target repositories with their tags, state and last success, what is wrong first", () => {
    const kept = (path: string, rest: Partial<KeptRepository>): KeptRepository => ({
      repository: { host: "t.example", path },
      state: "failing",
      tags: NO_TAGS,
      ...rest,
    });
    const lastSuccess = new Date("2026-03-08T00:00:00Z");
    const repositories = [
      kept("fine", { state: "in-sync", tags: { ...NO_TAGS, inSync: 41, held: 1 }, lastSuccess: NOW }),
      kept("new", { state: "unknown", lastSuccess }),
      kept("bad", { tags: { inSync: 1, held: 0, blocked: 2, failed: 3 }, lastSuccess }),
      kept("gone", {}),
    ];
    const text = textOf({ ...status, repositories });
    const [, table = ""] = /4 target repositories repository tags state last success (.*) Next runs/.exec(text) ?? [];
    assert.equal(
      table.trim(),
      "t.example/bad 6 tags 3 failed, 2 blocked 2 days ago t.example/gone 0 tags not all tags could be checked never " +
        "t.example/new tags unknown not checked yet 2 days ago t.example/fine 42 tags in sync, 1 held back now",
    );
    assert.match(
      renderStatusPage({ ...status, repositories }),
      /datetime="2026-03-08T00:00:00\.000Z"\s+title="2026-03-08 00:00:00 UTC"/,
    );
  });

  it("shows the progress of a run, and refreshes faster during it", () => {
    const progress = {
      startedAt: new Date("2026-03-10T00:04:00Z"),
      schedules: ["@daily"],
      reading: { answered: 30, asked: 120 },
    };
    const reading = { ...status, state: "running", progress } as const;
    assert.match(
      textOf(reading),
      /Running now Reading registries: 30 of 120 answers started 1 minute ago 2026-03-10 00:04:00 @daily/,
    );
    assert.match(renderStatusPage(reading), /<progress\s+max="120"\s+value="30"/);
    assert.match(renderStatusPage(reading), /http-equiv="refresh" content="5"/);
    assert.match(page, /http-equiv="refresh" content="15"/);
    const applying = { done: 12, total: 40, failed: 1, doneBytes: 1024, totalBytes: 4096, current: [blocked.target] };
    const text = textOf({ ...reading, progress: { ...progress, applying } });
    assert.match(text, /Applying: 12 of 40 changes done, 1 of them failed, 1\.0 KiB of at most 4\.0 KiB/);
    assert.match(text, /Now: t\.example\/app:v1/);
    assert.doesNotMatch(textOf(status), /Running now/);
  });

  it("stays small with thousands of failed and blocked tags and repositories, and counts the rest", () => {
    const many = { ...status, blocked: repeat(status.blocked, 1000), failed: repeat(status.failed, 1000) };
    const kept = { repository: REPOSITORY, state: "failing", tags: NO_TAGS } as const;
    const large = { ...many, tags: { ...NO_TAGS, blocked: 1000, failed: 5000 }, repositories: repeat([kept], 5000) };
    const text = textOf(large);
    assert.ok(renderStatusPage(large).length < 500_000);
    assert.match(text, /and 4,800 more.* Blocked .*and 800 more.*5,000 target repositories.*and 4,500 more/);
  });

  it("shows a schedule that never fires as never", () => {
    const due = [{ schedule: "0 0 30 2 *", entries: 1, at: new Date("9999-12-31T00:00:00Z") }];
    assert.match(textOf({ ...status, due }), /Next runs never 0 0 30 2 \* 1 entry/);
  });

  it("shows untrusted text as plain text", () => {
    for (const hidden of ["<script", "<!here", "\u202e", "\u0007"]) assert.ok(!page.includes(hidden), hidden);
    assert.equal(page.split("&lt;script&gt;").length, 5);
  });

  it("loads no external resources and has no script", () => {
    assert.doesNotMatch(page, /(?:src|href)="(?!\/)|url\(|@import|script-src/);
  });
});

function repeat<T>(items: readonly T[], count: number): readonly T[] {
  return Array.from({ length: count }, () => items).flat();
}

describe("the status as JSON", () => {
  it("has the same content, without characters that a terminal interprets", () => {
    const text = renderStatusJson(status);
    for (const hidden of ["\u202e", "\u0007"]) assert.ok(!text.includes(hidden));
    const { runs, blocked: tags, health, failed, tags: counts } = JSON.parse(text);
    assert.equal(tags[0].target, "t.example/app:v1");
    assert.equal(tags[0].hint, "use a new tag");
    assert.deepEqual([health, failed[0].target, counts.failed], ["failing", "t.example/app:v2", 1]);
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
