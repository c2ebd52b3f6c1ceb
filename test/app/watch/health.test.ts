import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { healthOf } from "../../../src/app/watch/health.ts";
import { beginStanding, updateStanding, updateStandingAfterFailure } from "../../../src/app/watch/standing.ts";
import type { Report } from "../../../src/model/event.ts";
import type { RunRecord } from "../../../src/model/watch.ts";
import { FAILURE } from "../../reporters/samples.ts";
import { change } from "../../support/changes.ts";
import { smallImage } from "../../support/images.ts";
import { emptyReport, entry, manifestOf, record } from "./support.ts";

const now = new Date("2026-03-10T00:00:00Z");
const manifest = manifestOf([entry("t.example/a"), entry("t.example/b")]);
const begun = beginStanding(manifest);
const run = { manifest, schedules: ["@hourly"], now };
const checked = updateStanding(begun, emptyReport(), run);

function reportOf(outcome: "failed" | "blocked" | "stale" | "skipped"): Report {
  const one = change("r.example/a:v1", "t.example/a:v1", smallImage(1).digest);
  const result = { outcome, transferredBytes: 0, milliseconds: 0, notes: [] };
  return emptyReport({ results: [{ change: one, result }] });
}

function health(standing = checked, lastRun: RunRecord | undefined = record(), problem?: string) {
  return healthOf({ standing, lastRun, problem });
}

describe("healthOf", () => {
  it("is in sync only if every repository was looked at and nothing is wrong", () => {
    assert.equal(health(), "in-sync");
    assert.equal(health(begun), "unknown");
    const half = updateStanding(begun, emptyReport(), { ...run, manifest: manifestOf([entry("t.example/a")]) });
    assert.equal(health(half), "unknown");
    assert.equal(healthOf({ standing: undefined, lastRun: undefined, problem: undefined }), "unknown");
    assert.equal(healthOf({ standing: checked, lastRun: undefined, problem: undefined }), "unknown");
  });

  it("is failing while the manifest is broken, also if every tag is in sync", () => {
    assert.equal(health(checked, record(), "images.yaml:1:1: broken"), "failing");
    assert.equal(healthOf({ standing: undefined, lastRun: undefined, problem: "broken" }), "failing");
  });

  it("is failing while any tag is not as declared, whichever run found that", () => {
    for (const outcome of ["failed", "blocked", "stale", "skipped"] as const)
      assert.equal(health(updateStanding(checked, reportOf(outcome), run)), "failing", outcome);
    const other = { ...run, manifest: manifestOf([entry("t.example/b")]), schedules: ["@daily"] };
    const failed = updateStanding(checked, reportOf("failed"), run);
    assert.equal(health(updateStanding(failed, emptyReport(), other)), "failing", "another run was clean");
  });

  it("is failing if tags are unknown, or a run failed as a whole", () => {
    assert.equal(health(updateStanding(checked, emptyReport({ failures: [FAILURE] }), run)), "failing");
    const error = { code: "CONFIG_INVALID", message: "no" } as const;
    const failed = updateStandingAfterFailure(checked, error, run);
    assert.equal(health(failed), "failing");
    const daily = updateStanding(failed, emptyReport(), { ...run, schedules: ["@daily"] });
    assert.equal(health(daily), "failing", "the other schedule has not run again");
    assert.equal(health(updateStanding(daily, emptyReport(), run)), "in-sync");
    assert.equal(health(checked, record({ errors: [error] })), "failing");
  });
});
