import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { followRun } from "../../../src/app/watch/run-progress.ts";
import { formatReference } from "../../../src/model/reference.ts";
import { countActions } from "../../../src/model/plan.ts";
import { change, result } from "../../reporters/samples.ts";

const startedAt = new Date("2026-03-10T00:00:00Z");
const changes = Array.from({ length: 8 }, (_, at) => change({ to: `r.example/a:${at}`, bytes: 100 }));
const [first, second] = changes;

describe("followRun", () => {
  it("shows what is read, and then what is applied", () => {
    const run = followRun({ startedAt, schedules: ["@hourly"] });
    assert.deepEqual(run.read(), { startedAt, schedules: ["@hourly"], reading: { answered: 0, asked: 0 } });
    run.onReading({ answered: 3, asked: 9, isDone: false });
    assert.deepEqual(run.read().reading, { answered: 3, asked: 9 });
    assert.equal(run.read().applying, undefined);
    run.onEvent({ type: "run.started", total: 8, bytes: 800, counts: countActions(changes), changes });
    for (const one of changes) run.onEvent({ type: "change.started", change: one });
    assert.ok(first !== undefined && second !== undefined);
    run.onEvent({ type: "change.progress", change: first, progress: { doneBytes: 40, totalBytes: 100 } });
    const applying = run.read().applying;
    assert.deepEqual(
      { ...applying, current: undefined },
      {
        done: 0,
        total: 8,
        failed: 0,
        doneBytes: 40,
        totalBytes: 800,
        current: undefined,
      },
    );
    assert.deepEqual(
      applying?.current.map(formatReference),
      changes.slice(0, 5).map(({ target }) => formatReference(target)),
    );
    run.onEvent({ type: "change.finished", change: first, result: result("applied", { transferredBytes: 100 }) });
    run.onEvent({ type: "change.finished", change: second, result: result("failed") });
    const { done, failed, doneBytes } = run.read().applying ?? {};
    assert.deepEqual([done, failed, doneBytes], [2, 1, 100]);
    const blocked = change({ to: "r.example/a:blocked", action: "blocked" });
    run.onEvent({ type: "change.finished", change: blocked, result: result("blocked") });
    assert.equal(run.read().applying?.failed, 1, "only changes that are applied are counted");
  });
});
