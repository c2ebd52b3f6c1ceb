import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeEvent, encodeReport } from "../../src/documents/event-document.ts";
import { encodePlan } from "../../src/documents/plan-document.ts";
import { encodePull } from "../../src/documents/pull-document.ts";
import { encodeRun, encodeStatus } from "../../src/documents/status-document.ts";
import type { RunRecord, WatchStatus } from "../../src/model/watch.ts";
import { validate } from "../../src/schema/validate.ts";
import { recordOf } from "../../src/app/watch/record.ts";
import { change, FAILURE, NEW, OLD, plan, POSITION, report, result } from "../reporters/samples.ts";
import { status } from "../app/watch/support.ts";

const ERROR = { code: "DENIED", side: "target", reference: "r.example/a:1", message: "refused", hint: "ask" } as const;
const NOW = new Date("2026-03-10T00:00:00Z");

/** A change with every optional field. */
const FULL = change({
  action: "blocked",
  sourceDigest: OLD,
  bytes: 7,
  platforms: [{ os: "linux", architecture: "arm64", variant: "v8" }],
  attachments: [{ subject: OLD, digest: NEW, tag: "sha256-1.sig" }],
  backup: { tag: "old", observed: null },
  held: { since: NOW, by: "image", due: NOW },
  block: { kind: "rule", position: POSITION, pattern: "v*" },
  error: ERROR,
  notes: ["x".repeat(900)],
});
const RESULT = result("blocked", { digest: NEW, milliseconds: 2.4, error: ERROR, notes: ["a note"] });
const REPORT = report([{ change: FULL, result: RESULT }], { milliseconds: 0.5, failures: [FAILURE] });
const RUN: RunRecord = recordOf(REPORT, { startedAt: NOW, milliseconds: 1.5, schedules: ["* * * * *"] });
const STATUS: WatchStatus = {
  version: "0.1.0",
  startedAt: NOW,
  now: NOW,
  state: "running",
  health: "failing",
  progress: {
    startedAt: NOW,
    schedules: ["* * * * *"],
    reading: { answered: 3, asked: 4 },
    applying: { done: 1, total: 2, failed: 1, doneBytes: 3, totalBytes: 4, current: [FULL.target] },
  },
  manifest: { name: "images.yaml", loadedAt: NOW, problem: "not valid" },
  due: [{ schedule: "* * * * *", entries: 2, at: NOW }],
  runs: [RUN],
  tags: { inSync: 1, held: 2, blocked: 3, failed: 4 },
  blocked: [
    {
      target: FULL.target,
      since: NOW,
      block: { kind: "registry", host: "r.example", message: "immutable" },
      positions: [POSITION],
      hint: "use a new tag",
    },
  ],
  failed: [{ target: FULL.target, since: NOW, outcome: "failed", positions: [POSITION], error: ERROR }],
  failedEntries: [{ ...FAILURE, since: NOW }],
  failedSchedules: [{ schedule: "* * * * *", since: NOW, error: ERROR }],
  repositories: [
    {
      repository: FULL.target.repository,
      state: "failing",
      tags: { inSync: 1, held: 2, blocked: 3, failed: 4 },
      lastSuccess: NOW,
    },
  ],
  totals: { runs: 1, failedRuns: 1 },
  lastSuccess: NOW,
};

/** The document after a round trip through JSON. */
function written(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document));
}

describe("encoded documents", () => {
  it("match their schemas", async () => {
    const pulled = {
      target: FULL.target,
      positions: [POSITION],
      outcome: "failed",
      milliseconds: 1.4,
      error: ERROR,
    } as const;
    const outcomes = { pulled: 0, present: 0, moved: 0, failed: 1, skipped: 0 };
    const pull = { results: [pulled], outcomes, failures: [FAILURE], milliseconds: 1, interrupted: false };
    assert.deepEqual(await validate("plan", { ...encodePlan(plan(FULL)), checksum: OLD }), []);
    assert.deepEqual(await validate("event", encodeEvent({ type: "run.finished", report: REPORT })), []);
    assert.deepEqual(await validate("event", encodeEvent({ type: "change.started", change: FULL })), []);
    assert.deepEqual(await validate("pull", encodePull(pull, "crictl")), []);
    assert.deepEqual(await validate("status", encodeStatus(STATUS)), []);
  });

  it("contain the same change in the plan and in events, and without its attachments in the status", () => {
    const [planned] = encodePlan(plan(FULL)).changes;
    const event = encodeEvent({ type: "change.started", change: FULL });
    assert.deepEqual(event.type === "change.started" ? event.change : undefined, planned);
    const [reported] = encodeReport(REPORT).results;
    assert.deepEqual(reported?.change, planned);
    const [recorded] = encodeRun(RUN).results;
    assert.deepEqual({ ...recorded?.change, attachments: planned?.attachments }, planned);
    assert.deepEqual(recorded?.result, reported?.result);
  });

  it("contain nothing in the status that is not known", async () => {
    const bare = encodeStatus(status());
    assert.deepEqual(await validate("status", bare), []);
    assert.ok(!("progress" in bare) && !("lastSuccess" in bare));
    const absolute = { ...POSITION, file: "/home/me/images.yaml" };
    const [failed] = STATUS.failed;
    assert.ok(failed !== undefined);
    const [encoded] = encodeStatus(status({ failed: [{ ...failed, positions: [absolute] }] })).failed;
    assert.deepEqual(encoded?.positions, [{ ...POSITION, file: "images.yaml" }], "no absolute path");
  });

  it("are rejected by the status schema with an unknown key", async () => {
    const document = written(encodeStatus(STATUS));
    assert.ok(typeof document === "object");
    assert.equal((await validate("status", { ...document, more: 1 })).length, 1);
  });
});
