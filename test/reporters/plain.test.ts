import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlainReporter } from "../../src/reporters/plain.ts";
import { createQuietReporter } from "../../src/reporters/quiet.ts";
import { createStyle } from "../../src/reporters/words/style.ts";
import { countActions } from "../../src/model/plan.ts";
import { captureStream, change, FAILURE, manualClock, MIRROR, NEW, report, result } from "./samples.ts";

const style = createStyle(false);
const TARGET = `${MIRROR}/nginx:1.27.3`;

function setUp(options: { readonly ci?: boolean; readonly verbose?: boolean } = {}) {
  const stdout = captureStream();
  const stderr = captureStream({ columns: 40 });
  return { stdout, stderr, styles: { stdout: style, stderr: style }, clock: manualClock(), ...options };
}

test("each finished change is one line on stderr, and the report goes to stdout", async () => {
  const options = setUp();
  const reporter = createPlainReporter(options);
  const applied = { change: change(), result: result("applied", { digest: NEW, transferredBytes: 1024 }) };
  const unchanged = { change: change({ action: "none" }), result: result("unchanged") };
  reporter.report({
    type: "run.started",
    total: 1,
    bytes: 2048,
    counts: countActions([change()]),
    changes: [change()],
  });
  reporter.report({ type: "change.started", change: change() });
  reporter.report({ type: "change.progress", change: change(), progress: { doneBytes: 1, totalBytes: 2 } });
  reporter.report({ type: "change.finished", ...applied });
  reporter.report({ type: "change.finished", ...unchanged });
  reporter.report({ type: "run.finished", report: report([applied, unchanged]) });
  await reporter.finish();
  assert.equal(
    options.stderr.text(),
    `applying 1 change, at most 2.0 KiB to move\napplied    ${TARGET}  ${NEW.slice(0, 19)}, 1.0 KiB in 1.2 s\n`,
  );
  assert.equal(options.stdout.text(), "apply: 1 applied, 1 unchanged, 1.0 KiB moved in 1 m 12 s\n");
});

test("the reason of a failure is printed once, in the report", () => {
  const options = setUp();
  const reporter = createPlainReporter(options);
  const error = { code: "DENIED", message: "the registry says no", hint: "ask for the right" } as const;
  const failed = { change: change(), result: result("failed", { error }) };
  reporter.report({ type: "change.finished", ...failed });
  reporter.report({ type: "run.finished", report: report([failed]) });
  assert.equal(options.stderr.text(), `failed     ${TARGET}\n`);
  assert.match(
    options.stdout.text(),
    /^failed +\S+ {2}the registry says no \[DENIED\]\n +hint: ask for the right\napply: 1 failed/,
  );
});

test("unchanged tags are shown when the output is verbose", () => {
  const options = setUp({ verbose: true });
  createPlainReporter(options).report({ type: "change.finished", change: change(), result: result("unchanged") });
  assert.equal(options.stderr.text(), `unchanged  ${TARGET}\n`);
});

test("warnings show their reference once", () => {
  const options = setUp();
  const reporter = createPlainReporter(options);
  reporter.report({ type: "warning", message: "slow", reference: "r.example" });
  reporter.report({ type: "warning", message: "r.example is slow", reference: "r.example" });
  assert.equal(options.stderr.text(), "warning: r.example: slow\nwarning: r.example is slow\n");
});

test("untrusted text is never a separate line or a command in a CI job", () => {
  const options = setUp({ ci: true });
  const reporter = createPlainReporter(options);
  const message = "x\n::error::y ##[group]z\u001B[2J";
  const failed = {
    change: change(),
    result: result("failed", { error: { code: "INTERNAL", message, hint: message } }),
  };
  reporter.report({ type: "warning", message, reference: message });
  reporter.report({ type: "change.finished", ...failed });
  reporter.report({ type: "run.finished", report: report([failed]) });
  const text = options.stderr.text() + options.stdout.text();
  for (const line of text.split("\n")) assert.doesNotMatch(line, /^\s*(?:::|##)|##\[|\p{Cc}/u);
  assert.equal(options.stderr.text().split("\n").length, 3);
});

test("the quiet reporter prints nothing when all changes succeed", () => {
  const options = setUp();
  const reporter = createQuietReporter(options);
  const applied = { change: change(), result: result("applied", { notes: ["a note"] }) };
  reporter.report({ type: "change.finished", ...applied });
  reporter.report({ type: "run.finished", report: report([applied]) });
  assert.equal(options.stdout.text() + options.stderr.text(), "");
});

test("the quiet reporter prints only what needs attention", () => {
  const options = setUp();
  const failed = { change: change(), result: result("failed", { error: { code: "DENIED", message: "refused" } }) };
  const applied = { change: change({ to: `${MIRROR}/app:1` }), result: result("applied", { notes: ["a note"] }) };
  createQuietReporter(options).report({ type: "run.finished", report: report([failed, applied]) });
  assert.equal(
    options.stdout.text(),
    `failed     ${TARGET}  refused [DENIED]\napply: 1 applied, 1 failed, 0 B moved in 1 m 12 s\n`,
  );
});

test("the quiet reporter prints entries that could not be planned", () => {
  const options = setUp();
  createQuietReporter(options).report({ type: "run.finished", report: report([], { failures: [FAILURE] }) });
  assert.match(options.stdout.text(), /^failed {5}images\.yaml:9:9 {2}no tag matches/);
});
