import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Report } from "../../../src/model/event.ts";
import type { Action, EntryFailure } from "../../../src/model/plan.ts";
import type { SyncManifest } from "../../../src/model/sync-manifest.ts";
import {
  NOTHING_STANDS,
  type Standing,
  updateStanding,
  updateStandingAfterFailure,
} from "../../../src/app/watch/standing.ts";
import { change } from "../../support/changes.ts";
import { smallImage } from "../../support/images.ts";
import { emptyReport, entry, manifestOf, repositoryOf } from "./support.ts";

const now = new Date("2026-03-10T00:00:00Z");
const later = new Date("2026-03-10T01:00:00Z");
const outcomes = { blocked: "blocked", error: "failed", none: "unchanged" } as const;

function found(...tags: readonly (readonly [target: string, action: keyof typeof outcomes])[]): Report {
  const results = tags.map(([target, action]) => ({
    change: change("r.example/app:v1", target, smallImage(1).digest, { action: action satisfies Action }),
    result: { outcome: outcomes[action], transferredBytes: 0, milliseconds: 0, notes: [] },
  }));
  return emptyReport({ results });
}

function listFailed(target: string): EntryFailure {
  return {
    positions: [{ file: "images.yaml", line: 1, column: 1 }],
    source: repositoryOf("r.example/app"),
    targets: [repositoryOf(target)],
    error: { code: "REGISTRY_UNREACHABLE", message: "gone" },
  };
}

const a: SyncManifest = manifestOf([entry("t.example/a")]);
const b: SyncManifest = manifestOf([entry("t.example/b")]);

const look = (before: Standing, report: Report, manifest = a, at = now): Standing =>
  updateStanding(before, report, { manifest, schedules: ["@hourly"], now: at });
const blockedOf = ({ blocked }: Standing): readonly string[] =>
  [...blocked].map(([name, { since }]) => `${name} since ${since.getUTCHours()}`);
const troublesOf = ({ troubles }: Standing): readonly string[] => [...troubles.values()].map(({ text }) => text.trim());

describe("updateStanding", () => {
  it("keeps the time when a tag was first blocked, until a run finds it unblocked", () => {
    const first = look(NOTHING_STANDS, found(["t.example/a:v1", "blocked"]));
    const second = look(first, found(["t.example/a:v1", "blocked"]), a, later);
    assert.deepEqual(blockedOf(second), ["t.example/a:v1 since 0"]);
    assert.deepEqual(troublesOf(second), ["t.example/a:v1 blocked"]);
    assert.deepEqual(look(second, found(["t.example/a:v1", "none"])), NOTHING_STANDS);
  });

  it("keeps what runs of other entries found", () => {
    const first = look(NOTHING_STANDS, found(["t.example/a:v1", "blocked"], ["t.example/a:v2", "error"]));
    const second = look(first, found(["t.example/b:v1", "none"]), b);
    assert.deepEqual(blockedOf(second), ["t.example/a:v1 since 0"]);
    assert.deepEqual(troublesOf(second), ["t.example/a:v1 blocked", "t.example/a:v2 failed"]);
  });

  it("forgets a tag that is no longer selected, unless the selection failed", () => {
    const first = look(NOTHING_STANDS, found(["t.example/a:v1", "blocked"]));
    const failed = look(first, emptyReport({ failures: [listFailed("t.example/a")] }));
    assert.deepEqual(blockedOf(failed), ["t.example/a:v1 since 0"]);
    assert.equal(failed.troubles.size, 2);
    assert.deepEqual(look(failed, emptyReport()), NOTHING_STANDS);
  });

  it("counts a failed run as trouble until a run of the same schedule succeeds", () => {
    const error = { code: "CONFIG_INVALID", message: "no" } as const;
    const first = updateStandingAfterFailure(NOTHING_STANDS, error, { schedules: ["@hourly"] });
    assert.deepEqual(troublesOf(first), ["CONFIG_INVALID"]);
    const other = updateStanding(first, emptyReport(), { manifest: b, schedules: ["@daily"], now });
    assert.equal(other.troubles.size, 1);
    assert.deepEqual(look(other, emptyReport()), NOTHING_STANDS);
  });
});
