import assert from "node:assert/strict";
import { test } from "node:test";
import { renderReport } from "../../src/reporters/report.ts";
import { change, FAILURE, MIRROR, NEW, OLD, PLAIN, POSITION, report, result } from "./samples.ts";

const TARGET = `${MIRROR}/nginx:1.27.3`;
const DENIED = {
  code: "DENIED",
  side: "target",
  reference: TARGET,
  message: "the push was refused",
  hint: "ask for roles/artifactregistry.writer",
} as const;

test("a successful run is one line", () => {
  const applied = { change: change(), result: result("applied", { transferredBytes: 5_242_880, digest: NEW }) };
  const unchanged = { change: change({ action: "none" }), result: result("unchanged", { notes: ["latest implied"] }) };
  assert.equal(
    renderReport(report([applied, unchanged]), PLAIN),
    "apply: 1 applied, 1 unchanged, 5.0 MiB moved in 1 m 12 s\n",
  );
});

test("a run without changes reports that there is nothing to do", () => {
  const results = [{ change: change({ action: "none" }), result: result("unchanged") }];
  assert.equal(renderReport(report(results), PLAIN), "Nothing to do. 1 tag already in sync.\n");
});

test("tags in sync are those of the moment at which a saved plan was made", () => {
  const results = [{ change: change({ action: "none" }), result: result("unchanged") }];
  assert.equal(
    renderReport({ ...report(results), plan: { checksum: NEW, tags: 1 } }, PLAIN),
    "Nothing to do. 1 tag already in sync when the plan was made.\n",
  );
});

test("failed, blocked and stale tags are shown with the reason and the hint", () => {
  const block = { kind: "rule", position: POSITION, pattern: "v*" } as const;
  const results = [
    { change: change(), result: result("failed", { error: DENIED }) },
    { change: change(), result: result("blocked", { block }) },
    { change: change({ observed: OLD }), result: result("stale", { digest: NEW }) },
  ];
  assert.equal(
    renderReport(report(results), PLAIN),
    `failed     ${TARGET}  target: the push was refused [DENIED]
           hint: ask for roles/artifactregistry.writer
blocked    ${TARGET}  by the immutable rule at images.yaml:9:9 (pattern v*)
stale      ${TARGET}  moved since it was planned, was ${OLD.slice(0, 19)}, is ${NEW.slice(0, 19)}
apply: 1 blocked, 1 failed, 1 stale, 0 B moved in 1 m 12 s
`,
  );
});

test("the registry's message for a blocked tag is shown once", () => {
  const block = { kind: "registry", host: "r.example", message: "tag is immutable" } as const;
  const error = { code: "TAG_IMMUTABLE", side: "target", reference: TARGET, message: "tag is immutable" } as const;
  const text = renderReport(report([{ change: change(), result: result("blocked", { block, error }) }]), PLAIN);
  assert.equal(text.split("tag is immutable").length, 2);
});

test("an interrupted run shows how many tags are finished and how to continue", () => {
  const results = [
    { change: change(), result: result("applied") },
    { change: change(), result: result("skipped", { notes: ["interrupted before it started"] }) },
  ];
  const text = renderReport(report(results, { interrupted: true }), PLAIN);
  assert.match(text, /\ninterrupted: 1 of 2 tags finished and are kept; run the same command to continue\n$/);
  assert.doesNotMatch(text, /^skipped/m);
  const all = renderReport(report(results.slice(0, 1), { interrupted: true }), PLAIN);
  assert.match(all, /\ninterrupted, but everything is done: there is nothing to continue\n$/);
});

test("a plan that was not started because of a blocked tag suggests how to apply the rest", () => {
  const results = [
    { change: change({ action: "blocked" }), result: result("blocked") },
    { change: change(), result: result("skipped") },
  ];
  assert.match(renderReport(report(results), PLAIN), /nothing was written, .* --skip-blocked applies the others\n$/);
});

test("every result is listed when the output is verbose, and notes of applied changes always are", () => {
  const results = [
    { change: change(), result: result("applied", { notes: ["signatures were refused"], digest: NEW }) },
    { change: change({ action: "none", to: `${MIRROR}/app:1` }), result: result("unchanged") },
  ];
  assert.match(renderReport(report(results), PLAIN), /^applied .* note: signatures were refused$/m);
  assert.doesNotMatch(renderReport(report(results), PLAIN), /app:1/);
  assert.match(renderReport(report(results), { ...PLAIN, verbose: true }), /^unchanged {2}.*app:1$/m);
});

test("entries that could not be planned are shown, even if there is nothing else to do", () => {
  const results = [{ change: change({ action: "none" }), result: result("unchanged") }];
  assert.equal(
    renderReport(report(results, { failures: [FAILURE] }), PLAIN),
    `failed     images.yaml:9:9  no tag matches "9.*" [SELECTED_NOTHING], for ${MIRROR}/b
           hint: write optional: true
apply: 1 unchanged, 1 entry not planned, 0 B moved in 1 m 12 s
`,
  );
});

test("in 60 columns the target stays on one line and the rest goes below it", () => {
  assert.equal(
    renderReport(report([{ change: change(), result: result("failed", { error: DENIED }) }]), {
      ...PLAIN,
      columns: 60,
    }),
    `failed     ${TARGET}
           target: the push was refused [DENIED]
           hint: ask for roles/artifactregistry.writer
apply: 1 failed, 0 B moved in 1 m 12 s
`,
  );
});
