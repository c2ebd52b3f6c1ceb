import assert from "node:assert/strict";
import { test } from "node:test";
import { countActions } from "../../src/model/plan.ts";
import { createProgressReporter } from "../../src/reporters/progress.ts";
import { createStyle } from "../../src/reporters/words/style.ts";
import { captureStream, change, manualClock, MIRROR, NEW, report, result } from "./samples.ts";
import { createScreen } from "./screen.ts";

const style = createStyle(false);
const MIB = 1024 * 1024;
const DENIED = { code: "DENIED", side: "target", message: "the push was refused", hint: "ask" } as const;

function setUp({ columns = 60, count = 3 }: { readonly columns?: number; readonly count?: number } = {}) {
  const screen = createScreen({ columns });
  const stdout = captureStream();
  const clock = manualClock();
  const reporter = createProgressReporter({ stdout, stderr: screen, styles: { stdout: style, stderr: style }, clock });
  const changes = Array.from({ length: count }, (_, at) => change({ to: `${MIRROR}/nginx:1.${at}`, bytes: 10 * MIB }));
  const tick = async (milliseconds = 100): Promise<void> => {
    clock.advance(milliseconds);
    await redrawn(clock);
  };
  const start = async (): Promise<void> => {
    reporter.report({ type: "run.started", total: count, bytes: count * 10 * MIB, counts: countActions(changes) });
    await redrawn(clock);
  };
  return { screen, stdout, clock, reporter, changes, tick, start };
}

/** Waits until the display has drawn and sleeps; drawing takes turns of the event loop, but no time. */
async function redrawn(clock: ReturnType<typeof manualClock>): Promise<void> {
  while (clock.sleeping() === 0) await new Promise((resolve) => setImmediate(resolve));
}

test("a header and a line for each change in flight are redrawn in place", async () => {
  const { screen, reporter, changes, tick, start } = setUp();
  await start();
  assert.deepEqual(screen.lines(), ["› 0/3 changes  0 B of 30.0 MiB"]);
  const [first = change(), second = change()] = changes;
  reporter.report({ type: "change.started", change: first });
  reporter.report({ type: "change.started", change: second });
  reporter.report({ type: "change.progress", change: first, progress: { doneBytes: 0, totalBytes: 10 * MIB } });
  await tick();
  reporter.report({ type: "change.progress", change: first, progress: { doneBytes: 4 * MIB, totalBytes: 10 * MIB } });
  await tick(1000);
  assert.deepEqual(screen.lines(), [
    "› 0/3 changes  4.0 MiB of 30.0 MiB  3.6 MiB/s  8 s left",
    "  › …/my-project/my-repo/nginx:1.0      40 %     4.0 MiB/s",
    "  › …/my-project/my-repo/nginx:1.1                  create",
  ]);
  reporter.report({ type: "change.finished", change: first, result: result("applied", { transferredBytes: 4 * MIB }) });
  await tick(400);
  assert.deepEqual(screen.lines(), [
    "› 1/3 changes  4.0 MiB of 24.0 MiB  2.7 MiB/s  8 s left",
    "  › …/my-project/my-repo/nginx:1.1                  create",
  ]);
  assert.equal(screen.isCursorVisible(), false);
  await reporter.finish();
});

test("at the end the live display is gone, the cursor is back, and the report is on stdout", async () => {
  const { screen, stdout, reporter, changes, tick, start } = setUp({ count: 1 });
  await start();
  const [only = change()] = changes;
  reporter.report({ type: "change.started", change: only });
  await tick();
  const applied = { change: only, result: result("applied", { digest: NEW, transferredBytes: MIB }) };
  reporter.report({ type: "change.finished", ...applied });
  reporter.report({ type: "run.finished", report: report([applied]) });
  await reporter.finish();
  assert.deepEqual(screen.lines(), []);
  assert.equal(screen.isCursorVisible(), true);
  assert.equal(screen.cursorColumn(), 0);
  assert.equal(stdout.text(), "apply: 1 applied, 1.0 MiB moved in 1 m 12 s\n");
});

test("the terminal is clean even if a run ends without a report", async () => {
  const { screen, stdout, reporter, changes, tick, start } = setUp();
  await start();
  reporter.report({ type: "change.started", change: changes[0] ?? change() });
  await tick();
  await reporter.finish();
  assert.deepEqual(screen.lines(), []);
  assert.equal(screen.isCursorVisible(), true);
  assert.equal(stdout.text(), "");
});

test("failures and warnings stay above the live display, one line each", async () => {
  const { screen, reporter, changes, tick, start } = setUp();
  await start();
  const [first = change(), second = change()] = changes;
  reporter.report({ type: "change.started", change: first });
  reporter.report({ type: "change.started", change: second });
  await tick();
  reporter.report({ type: "change.finished", change: first, result: result("failed", { error: DENIED }) });
  reporter.report({ type: "warning", message: "slow\u001B[2J", reference: "r.example" });
  await tick();
  assert.deepEqual(screen.lines(), [
    "failed     …/my-repo/nginx:1.0  target: the push was refused",
    String.raw`warning: r.example: slow\u{1b}[2J`,
    "› 1/3 changes  0 B of 20.0 MiB",
    "  › …/my-project/my-repo/nginx:1.1                  create",
  ]);
  await reporter.finish();
  assert.equal(screen.lines().length, 2);
});

test("a failure right before the end stays on the screen", async () => {
  const { screen, reporter, changes, start } = setUp({ count: 1 });
  await start();
  const failed = { change: changes[0] ?? change(), result: result("failed", { error: DENIED }) };
  reporter.report({ type: "change.finished", ...failed });
  reporter.report({ type: "run.finished", report: report([failed]) });
  await reporter.finish();
  assert.deepEqual(screen.lines(), ["failed     …/my-repo/nginx:1.0  target: the push was refused"]);
});

test("thousands of changes take only a few lines, and none is wider than the terminal", async () => {
  for (const columns of [30, 60, 120]) {
    const { screen, reporter, changes, tick, start } = setUp({ columns, count: 2000 });
    await start();
    for (const change of changes) {
      reporter.report({ type: "change.started", change });
      reporter.report({ type: "change.progress", change, progress: { doneBytes: MIB, totalBytes: 10 * MIB } });
    }
    await tick();
    await tick(1000);
    assert.equal(screen.lines().length, 9);
    assert.equal(screen.lines().at(-1), "  › and 1,993 more");
    assert.ok(screen.widest() <= columns);
    await reporter.finish();
  }
});

test("a run with nothing to move draws nothing", async () => {
  const { screen, stdout, reporter } = setUp();
  const none = change({ action: "none" });
  reporter.report({ type: "run.started", total: 0, bytes: 0, counts: countActions([none]) });
  reporter.report({ type: "warning", message: "a warning" });
  assert.deepEqual(screen.lines(), ["warning: a warning"]);
  reporter.report({ type: "run.finished", report: report([{ change: none, result: result("unchanged") }]) });
  await reporter.finish();
  assert.equal(stdout.text(), "Nothing to do. 1 tag already in sync.\n");
});
