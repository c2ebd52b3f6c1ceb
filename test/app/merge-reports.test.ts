import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergeReports, type NamedReport } from "../../src/app/merge-reports.ts";
import { exitCodeOfMerged } from "../../src/cli/terminal/exit-code.ts";
import { countOutcomes } from "../../src/documents/report-document.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { ChangeResult, Outcome, Report } from "../../src/model/event.ts";
import { formatReference } from "../../src/model/reference.ts";
import { change } from "../support/changes.ts";

const PLAN = { checksum: digestOf("plan"), tags: 4 };
const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minute));

/** `a:1 applied` */
function report(number: number, lines: readonly string[], rest: Partial<Report> = {}): NamedReport {
  const results = lines.map((line) => {
    const [tag = "", outcome = ""] = line.split(" ");
    const digest = digestOf(tag);
    const result: ChangeResult = {
      outcome: outcome as Outcome,
      digest,
      transferredBytes: 10,
      milliseconds: 5,
      notes: [],
    };
    return { change: change("source.test/app:1", `target.test/${tag}`, digest), result };
  });
  const whole: Report = {
    outcomes: countOutcomes(results),
    transferredBytes: results.length * 10,
    milliseconds: number * 100,
    interrupted: false,
    results,
    plan: PLAN,
    shard: { number, of: 3 },
    finishedAt: at(number),
    ...rest,
  };
  return { name: `report-${number}.json`, report: whole };
}

const ONE = report(1, ["a:1 applied", "a:2 unchanged"]);
const TWO = report(2, ["b:1 applied", "b:2 applied"]);
const THREE = report(3, []);

const outcomesOf = ({ results }: Report): readonly string[] =>
  results.map(
    ({ change: { target }, result }) => `${formatReference(target).slice("target.test/".length)} ${result.outcome}`,
  );

describe("the merged report", () => {
  it("has the results of all shards, in their order, whatever the order of the files", () => {
    const merged = mergeReports([THREE, TWO, ONE]);
    assert.deepEqual(outcomesOf(merged), ["a:1 applied", "a:2 unchanged", "b:1 applied", "b:2 applied"]);
    assert.deepEqual(merged.outcomes, { applied: 3, unchanged: 1, blocked: 0, failed: 0, stale: 0, skipped: 0 });
    assert.deepEqual(merged.shards, { of: 3, missing: [], interrupted: [] });
    assert.equal(merged.transferredBytes, 40);
    assert.equal(merged.milliseconds, 300);
    assert.deepEqual(merged.finishedAt, at(3));
    assert.equal(exitCodeOfMerged(merged), 0);
    assert.deepEqual(mergeReports([ONE, TWO, THREE]), merged);
  });

  it("fails with a missing shard, even if all others succeeded, or some failed or were blocked", () => {
    const merged = mergeReports([ONE, TWO]);
    assert.deepEqual(merged.shards?.missing, [3]);
    assert.equal(exitCodeOfMerged(merged), 1);
    for (const outcome of ["failed", "blocked"])
      assert.equal(exitCodeOfMerged(mergeReports([report(1, [`a:1 ${outcome}`, "a:2 applied"])])), 1);
  });

  const codes: readonly (readonly [number, readonly string[]])[] = [
    [0, ["b:1 applied", "b:2 unchanged"]],
    [4, ["b:1 applied", "b:2 failed"]],
    [4, ["b:1 applied", "b:2 stale"]],
    [3, ["b:1 blocked", "b:2 failed"]],
  ];
  for (const [code, lines] of codes)
    it(`exits with ${code} if a shard ends with ${lines.join(", ")}`, () => {
      assert.equal(exitCodeOfMerged(mergeReports([ONE, report(2, lines), THREE])), code);
    });

  it("counts an entry that could not be planned as a failure", () => {
    const failure = {
      positions: [{ file: "images.yaml", line: 1, column: 1 }],
      source: { host: "source.test", path: "app" },
      targets: [{ host: "target.test", path: "c" }],
      error: { code: "DENIED", message: "no" },
    } as const;
    const merged = mergeReports([ONE, TWO, report(3, [], { failures: [failure] })]);
    assert.deepEqual(merged.failures, [failure]);
    assert.equal(exitCodeOfMerged(merged), 4);
  });
});

describe("a shard that was applied again", () => {
  it("counts by its last report, with what an earlier attempt applied", () => {
    const first = report(1, ["a:1 applied", "a:2 failed"], { finishedAt: at(1) });
    const again = report(1, ["a:1 unchanged", "a:2 applied"], { finishedAt: at(9) });
    for (const reports of [
      [first, again, TWO, THREE],
      [again, THREE, first, TWO],
    ]) {
      const merged = mergeReports(reports);
      assert.deepEqual(outcomesOf(merged).slice(0, 2), ["a:1 applied", "a:2 applied"]);
      assert.equal(merged.transferredBytes, 60);
      assert.equal(exitCodeOfMerged(merged), 0);
    }
  });

  it("fails if its last report has a failure that the earlier one had not", () => {
    const again = report(1, ["a:1 stale", "a:2 unchanged"], { finishedAt: at(9) });
    const merged = mergeReports([ONE, again, TWO, THREE]);
    assert.deepEqual(outcomesOf(merged).slice(0, 2), ["a:1 stale", "a:2 unchanged"]);
    assert.equal(exitCodeOfMerged(merged), 4);
  });

  it("counts by its complete report if the last one was interrupted", () => {
    const cut = report(1, ["a:1 unchanged", "a:2 skipped"], { finishedAt: at(9), interrupted: true });
    const merged = mergeReports([cut, ONE, TWO, THREE]);
    assert.deepEqual(outcomesOf(merged).slice(0, 2), ["a:1 applied", "a:2 unchanged"]);
    assert.deepEqual(merged.shards?.interrupted, []);
  });

  it("is not done if its only report was interrupted", () => {
    const cut = report(1, ["a:1 applied", "a:2 skipped"], { interrupted: true });
    const merged = mergeReports([cut, TWO, THREE]);
    assert.deepEqual(merged.shards?.interrupted, [1]);
    assert.equal(merged.interrupted, true);
    assert.equal(exitCodeOfMerged(merged), 4);
  });

  it("counts by the worse of two reports of the same moment", () => {
    const worse = report(1, ["a:1 failed", "a:2 unchanged"]);
    for (const reports of [
      [worse, ONE, TWO, THREE],
      [ONE, worse, TWO, THREE],
    ])
      assert.equal(mergeReports(reports).outcomes.failed, 1);
  });

  it("is counted once if its file is named twice", () => {
    assert.deepEqual(mergeReports([ONE, ONE, TWO, THREE]), mergeReports([ONE, TWO, THREE]));
  });

  it("does not count as applied what points at another digest by now", () => {
    const again = report(1, ["a:1 unchanged", "a:2 unchanged"], { finishedAt: at(9) });
    const results = again.report.results.map(({ change: one, result }) => ({
      change: one,
      result: Object.assign({}, result, { digest: digestOf("other") }),
    }));
    const moved = { ...again, report: { ...again.report, results } };
    assert.deepEqual(outcomesOf(mergeReports([ONE, moved, TWO, THREE])).slice(0, 1), ["a:1 unchanged"]);
  });
});

describe("reports that do not belong together", () => {
  const other = { checksum: digestOf("other plan"), tags: 4 };
  const { shard: _shard, ...unsharded } = ONE.report;
  const { plan: _plan, ...unplanned } = ONE.report;
  const cases: readonly (readonly [string, readonly NamedReport[], RegExp])[] = [
    ["none", [], /there is no report to merge/],
    [
      "one of another plan",
      [ONE, report(2, [], { plan: other })],
      /"report-2\.json" is about another plan than "report-1\.json"/,
    ],
    ["one of another number of shards", [ONE, report(2, [], { shard: { number: 2, of: 4 } })], /another plan/],
    ["one of a whole plan", [{ name: "all.json", report: unsharded }], /"all\.json" is not the report of a shard/],
    ["one of a run without a saved plan", [{ name: "x.json", report: unplanned }], /not the report of a shard/],
    [
      "a shard that the plan does not have",
      [ONE, report(4, [], { shard: { number: 4, of: 3 } })],
      /is about shard 4\/3/,
    ],
    ["a tag in two shards", [ONE, report(2, ["a:1 applied"])], /both report target\.test\/a:1/],
    [
      "two reports of a shard with different tags",
      [ONE, report(1, ["a:1 applied"], { finishedAt: at(9) })],
      /different tags/,
    ],
    [
      "tags that are in no report",
      [ONE, report(2, ["b:1 applied"]), THREE],
      /the reports have 3 tags, and the plan has 4/,
    ],
  ];
  for (const [what, reports, message] of cases)
    it(`are refused: ${what}`, () => {
      assert.throws(() => mergeReports(reports), { code: "REPORT_INVALID", message });
    });
});
