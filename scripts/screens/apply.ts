import { digestOf } from "../../src/model/digest.ts";
import type { ChangeResult, Report } from "../../src/model/event.ts";
import { type Change, countActions, isMoving } from "../../src/model/plan.ts";
import { openDisplay } from "../../src/reporters/terminal/display.ts";
import { createPhases } from "../../src/reporters/terminal/phases.ts";
import { createProgressReporter } from "../../src/reporters/terminal/progress.ts";
import { summarisePlan } from "../../src/reporters/words/plan-summary.ts";
import { manualClock } from "../../test/reporters/samples.ts";
import { redrawn } from "../../test/reporters/terminal/support/run.ts";
import { screenStream } from "../../test/reporters/terminal/support/screen-stream.ts";
import { copy, MIB, STYLE } from "./samples.ts";
import type { Scene } from "./screens.ts";

const NAMES = ["nginx", "postgres", "redis", "team/backend/api-gateway"] as const;
const BLOCKED = copy("nginx", "1.26.2", {
  action: "blocked",
  observed: digestOf("old"),
  block: { kind: "rule", pattern: "1.*", position: { file: "images.yaml", line: 9, column: 5 } },
});
const CHANGES: readonly Change[] = [
  ...Array.from({ length: 500 }, (_, at) => copy(NAMES[at % NAMES.length] ?? "", `1.${at}.0`)),
  copy("busybox", "1.37.0", { action: "update", observed: digestOf("old") }),
];
const FAILED = 201;

/** `imgsync apply --yes --skip-blocked` with 501 changes, one of which fails, and one more that is blocked: in the middle and afterwards. */
export const apply: Scene = async (columns) => {
  const { stream, lines, visible } = screenStream({ columns, rows: 16 });
  const clock = manualClock();
  const display = await openDisplay(stream, { style: STYLE, clock });
  const phases = createPhases(display, { style: STYLE, clock, since: 0 });
  const tick = async (milliseconds: number): Promise<void> => {
    clock.advance(milliseconds);
    await redrawn(clock);
  };
  clock.advance(12);
  phases.ended("read images.yaml: 5 entries");
  phases.reading({ answered: 1002, asked: 1002, isDone: true });
  clock.advance(1530);
  phases.read();
  const all = [BLOCKED, ...CHANGES];
  phases.ended(
    summarisePlan({ manifestHash: digestOf("manifest"), changes: all }, { style: STYLE }).join(" "),
    "partly",
  );

  const styles = { stdout: STYLE, stderr: STYLE };
  const reporter = createProgressReporter({ stdout: stream, stderr: stream, styles, clock, display });
  const bytes = CHANGES.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
  const counts = countActions(all);
  reporter.report({ type: "run.started", total: CHANGES.length, bytes, counts, changes: CHANGES });
  const results: { readonly change: Change; readonly result: ChangeResult }[] = [];
  const finish = (change: Change, result: ChangeResult): void => {
    results.push({ change, result });
    reporter.report({ type: "change.finished", change, result });
  };
  finish(BLOCKED, { outcome: "blocked", transferredBytes: 0, milliseconds: 0, notes: [] });
  let middle: readonly string[] = [];
  for (const [at, change] of CHANGES.entries()) {
    reporter.report({ type: "change.started", change });
    if (at < 5) continue;
    if (at === 300) {
      for (const [ahead, progress] of CHANGES.slice(at - 5, at + 1).entries())
        reporter.report({
          type: "change.progress",
          change: progress,
          progress: { doneBytes: ahead * 4 * MIB, totalBytes: 24 * MIB },
        });
      await tick(100);
      middle = await visible();
    }
    finish(...endOf(at - 5));
    if (at % 10 === 0) await tick(200);
  }
  for (let at = CHANGES.length - 5; at < CHANGES.length; at += 1) finish(...endOf(at));
  reporter.report({ type: "run.finished", report: reportOf(results, clock.monotonic()) });
  await reporter.finish();
  const text = (shown: readonly string[]): string => shown.map((line) => `${line}\n`).join("");
  return `$ imgsync apply --yes --skip-blocked\n(while it runs, on a terminal of 16 rows)\n${text(middle)}\n(afterwards)\n${text(await lines())}`;
};

function endOf(at: number): readonly [Change, ChangeResult] {
  const change = CHANGES[at] ?? BLOCKED;
  const result: ChangeResult = { outcome: "applied", transferredBytes: 9 * MIB, milliseconds: 800, notes: [] };
  if (at !== FAILED || !isMoving(change)) return [change, result];
  const error = {
    code: "DENIED",
    side: "target",
    message: "the registry refused the push: permission artifactregistry.repositories.uploadArtifacts denied",
    hint: "grant roles/artifactregistry.writer on my-repo to the account that imgsync auth explain shows",
  } as const;
  return [change, { ...result, outcome: "failed", transferredBytes: 0, error }];
}

function reportOf(results: Report["results"], milliseconds: number): Report {
  const outcomes = { applied: 0, unchanged: 0, blocked: 0, failed: 0, stale: 0, skipped: 0 };
  for (const { result } of results) outcomes[result.outcome] += 1;
  const transferredBytes = results.reduce((sum, { result }) => sum + result.transferredBytes, 0);
  return { outcomes, results, transferredBytes, milliseconds, interrupted: false };
}
