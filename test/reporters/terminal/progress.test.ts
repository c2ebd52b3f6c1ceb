import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change } from "../../../src/model/plan.ts";
import { change, MIRROR, NEW, OLD, report, result } from "../samples.ts";
import { startRun } from "./support/run.ts";

const MIB = 1024 * 1024;
const DENIED = { code: "DENIED", side: "target", message: "the push was refused", hint: "ask" } as const;
const BLOCK = { kind: "rule", pattern: "v*", position: { file: "images.yaml", line: 3, column: 5 } } as const;

function changesTo(count: number, name: (at: number) => string = (at) => `nginx:1.${at}`): readonly Change[] {
  return Array.from({ length: count }, (_, at) => change({ to: `${MIRROR}/${name(at)}`, bytes: 10 * MIB }));
}

describe("the progress on a terminal", () => {
  it("redraws a header and a line for each change in progress", async () => {
    const { lines, screen, reporter, tick, start } = await startRun();
    const [first = change(), second = change(), third = change()] = changesTo(3);
    await start([first, second, third]);
    assert.deepEqual(await lines(), ["~ apply: 0/3 changes  0 B of 30.0 MiB"]);
    reporter.report({ type: "change.started", change: first });
    reporter.report({ type: "change.started", change: second });
    reporter.report({ type: "change.progress", change: first, progress: { doneBytes: 0, totalBytes: 10 * MIB } });
    await tick();
    reporter.report({ type: "change.progress", change: first, progress: { doneBytes: 4 * MIB, totalBytes: 10 * MIB } });
    await tick(1000);
    assert.deepEqual(await lines(), [
      "~ apply: 0/3 changes  4.0 MiB of 30.0 MiB  3.6 MiB/s",
      "  ~ …/my-project/my-repo/nginx:1.0      40 %     4.0 MiB/s",
      "  ~ …/my-project/my-repo/nginx:1.1                  create",
    ]);
    assert.equal(screen.isCursorVisible(), false);
    await reporter.finish();
  });

  it("leaves each change on the screen with its mark, bytes and duration, and at the end the counts", async () => {
    const { lines, screen, reporter, tick, start } = await startRun({ isScreen: true });
    const [only = change(), other = change()] = changesTo(2);
    await start([only, other]);
    reporter.report({ type: "change.started", change: only });
    await tick();
    const applied = { change: only, result: result("applied", { digest: NEW, transferredBytes: MIB }) };
    reporter.report({ type: "change.finished", ...applied });
    await tick();
    assert.deepEqual(await lines(), [
      "✔ …/my-project/my-repo/nginx:1.0  created, 1.0 MiB in 1.2 s",
      "~ apply: 1/2 changes  1.0 MiB of 11.0 MiB",
    ]);
    const deleted = { change: { ...other, action: "delete", observed: OLD } as const, result: result("applied") };
    reporter.report({ type: "change.finished", ...deleted });
    reporter.report({ type: "run.finished", report: report([applied, deleted]) });
    await reporter.finish();
    assert.deepEqual(await lines(), [
      "✔ …/my-project/my-repo/nginx:1.0  created, 1.0 MiB in 1.2 s",
      "✔ …/my-project/my-repo/nginx:1.1  deleted, 1.2 s",
      "✔ apply: 2 applied, 1.0 MiB moved in 1 m 12 s",
    ]);
    assert.equal(screen.isCursorVisible(), true);
    assert.equal(screen.cursorColumn(), 0);
  });

  it("writes the whole report to stdout if that is not a terminal, and how the run ended to the terminal", async () => {
    const { lines, stdout, reporter, start } = await startRun();
    const [only = change()] = changesTo(1);
    await start([only]);
    const failed = { change: only, result: result("failed", { error: DENIED }) };
    reporter.report({ type: "change.finished", ...failed });
    reporter.report({ type: "run.finished", report: report([failed]) });
    await reporter.finish();
    assert.equal((await lines()).at(-1), "✖ apply: 1 failed, 0 B moved in 1 m 12 s");
    assert.equal(
      stdout.text(),
      `failed     ${MIRROR}/nginx:1.0  target: the push was refused [DENIED]\n           hint: ask\napply: 1 failed, 0 B moved in 1 m 12 s\n`,
    );
  });

  it("shows failures and blocked changes once, in full and with their hint", async () => {
    const { lines, reporter, tick, start } = await startRun({ isScreen: true, columns: 80 });
    const [first = change(), second = change()] = changesTo(2);
    const blocked = { change: change({ action: "blocked", block: BLOCK, observed: OLD }), result: result("blocked") };
    await start([first, second]);
    reporter.report({ type: "change.finished", ...blocked });
    reporter.report({ type: "change.started", change: first });
    reporter.report({ type: "warning", message: "slow\u001B[2J", reference: "r.example" });
    await tick();
    const failed = { change: first, result: result("failed", { error: { ...DENIED, message: `${NEW} is refused` } }) };
    reporter.report({ type: "change.finished", ...failed });
    const skipped = { change: second, result: result("skipped", { notes: ["not started after a failure"] }) };
    reporter.report({ type: "change.finished", ...skipped });
    reporter.report({ type: "run.finished", report: report([blocked, failed, skipped]) });
    await reporter.finish();
    assert.deepEqual(await lines(), [
      `✖ blocked  ${MIRROR}/nginx:1.27.3`,
      "    by the immutable rule at images.yaml:3:5 (pattern v*)",
      String.raw`warning: r.example: slow\u{1b}[2J`,
      `✖ failed  ${MIRROR}/nginx:1.0`,
      `    target: ${NEW.slice(0, 19)}… is refused [DENIED]`,
      "    hint: ask",
      "✖ apply: 1 blocked, 1 failed, 1 skipped, 0 B moved in 1 m 12 s",
    ]);
  });

  it("shows the notes of a change that was applied", async () => {
    const { lines, reporter, start } = await startRun({ isScreen: true, columns: 100 });
    const [only = change()] = changesTo(1);
    await start([only]);
    const applied = { change: only, result: result("applied", { notes: ["the backup was there"], digest: NEW }) };
    reporter.report({ type: "change.finished", ...applied });
    reporter.report({ type: "run.finished", report: report([applied]) });
    await reporter.finish();
    assert.deepEqual((await lines()).slice(0, 2), [
      `✔ ${MIRROR}/nginx:1.0  ${NEW.slice(0, 19)},`,
      "    0 B in 1.2 s, note: the backup was there",
    ]);
  });

  it("is gone after a run without a report, and the cursor is back", async () => {
    const { lines, screen, stdout, reporter, tick, start } = await startRun();
    const [only = change()] = changesTo(1);
    await start([only]);
    reporter.report({ type: "change.started", change: only });
    await tick();
    await reporter.finish();
    assert.deepEqual(await lines(), []);
    assert.equal(screen.isCursorVisible(), true);
    assert.equal(stdout.text(), "");
  });

  it("draws nothing in place for a run with nothing to move", async () => {
    const { lines, reporter, start } = await startRun({ isScreen: true });
    const none = change({ action: "none" });
    await start([]);
    reporter.report({ type: "warning", message: "a warning" });
    assert.deepEqual(await lines(), ["warning: a warning"]);
    reporter.report({ type: "run.finished", report: report([{ change: none, result: result("unchanged") }]) });
    await reporter.finish();
    assert.deepEqual((await lines()).slice(1), ["✔ Nothing to do. 1 tag already in sync."]);
  });
});

describe("a terminal of any size", () => {
  for (const [columns, rows] of [
    [30, 24],
    [60, 24],
    [120, 50],
    [60, 4],
    [40, 2],
  ] as const) {
    it(`of ${columns} columns and ${rows} rows holds thousands of changes, and keeps nothing that was redrawn`, async () => {
      const { lines, visible, reporter, tick, start } = await startRun({ columns, rows });
      const changes = changesTo(2000, (at) => `app-${at % 40}:${at}`);
      await start(changes);
      for (const change of changes) {
        reporter.report({ type: "change.started", change });
        reporter.report({ type: "change.progress", change, progress: { doneBytes: MIB, totalBytes: 10 * MIB } });
      }
      await tick();
      await tick(1000);
      const shown = await visible();
      assert.equal(shown.length, Math.min(9, rows - 1));
      if (rows > 2) assert.match(shown.at(-1) ?? "", /^ {2}~ and 1,99\d more$/);
      for (const change of changes.slice(0, 120)) {
        reporter.report({ type: "change.finished", change, result: result("applied", { transferredBytes: MIB }) });
        if (Number(change.target.tag) % 20 === 0) await tick();
      }
      await reporter.finish();
      const left = await lines();
      assert.ok(!left.join("\n").includes("~"), left.join("\n"));
      assert.ok(left.every((line) => line.length <= columns));
    });
  }

  it("is redrawn for its new width after it is resized", async () => {
    const { lines, visible, screen, reporter, tick, start } = await startRun({ columns: 60 });
    const changes = changesTo(2);
    await start(changes);
    for (const change of changes) reporter.report({ type: "change.started", change });
    await tick();
    screen.resize(110, 24);
    await tick();
    await tick();
    assert.match(
      (await lines()).at(-1) ?? "",
      /u-france-east1-docker\.s3nsregistry\.fr\/my-project\/my-repo\/nginx:1\.1 +create$/,
    );
    screen.resize(60, 24);
    await tick();
    await tick();
    assert.match((await lines()).at(-1) ?? "", /^ {2}~ …\/my-project\/my-repo\/nginx:1\.1 +create$/);
    screen.resize(110, 2);
    await tick();
    await tick();
    assert.equal((await visible()).length, 1);
    await reporter.finish();
    assert.deepEqual(await visible(), []);
  });
});
