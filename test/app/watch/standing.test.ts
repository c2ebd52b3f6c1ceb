import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorDetails } from "../../../src/model/error.ts";
import type { Report } from "../../../src/model/event.ts";
import type { Action, EntryFailure } from "../../../src/model/plan.ts";
import type { SyncManifest } from "../../../src/model/sync-manifest.ts";
import {
  beginStanding,
  type Standing,
  troublesOf,
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

function listFailed(target: string, error: Partial<ErrorDetails> = {}): EntryFailure {
  return {
    positions: [{ file: "images.yaml", line: 1, column: 1 }],
    source: repositoryOf("r.example/app"),
    targets: [repositoryOf(target)],
    error: { code: "REGISTRY_UNREACHABLE", message: "gone", ...error },
  };
}

const a: SyncManifest = manifestOf([entry("t.example/a")]);
const b: SyncManifest = manifestOf([entry("t.example/b")]);
const both: SyncManifest = manifestOf([entry("t.example/a"), entry("t.example/b")]);
const NOTHING = beginStanding(both);

const look = (before: Standing, report: Report, manifest = a, at = now): Standing =>
  updateStanding(before, report, { manifest, schedules: ["@hourly"], now: at });
const blockedOf = ({ blocked }: Standing): readonly string[] =>
  [...blocked].map(([name, { since }]) => `${name} since ${since.getUTCHours()}`);
const failedOf = ({ failed }: Standing): readonly string[] =>
  [...failed].map(([name, { since, outcome }]) => `${name} ${outcome} since ${since.getUTCHours()}`);
const problemsOf = (standing: Standing): readonly string[] => [...troublesOf(standing)].map((text) => text.trim());

describe("updateStanding", () => {
  it("covers every repository below the targets of a pattern, unless its repositories are unknown", () => {
    const manifest: SyncManifest = { ...manifestOf([]), catalogs: [{ pattern: "**", entry: entry("t.example/m") }] };
    const first = look(
      beginStanding(manifest),
      found(["t.example/m/x:v1", "error"], ["t.example/m/y:v1", "none"]),
      manifest,
    );
    assert.deepEqual([...first.repositories.keys()], ["t.example/m/x", "t.example/m/y"]);
    const unknown = look(first, emptyReport({ failures: [listFailed("t.example/m")] }), manifest, later);
    assert.deepEqual(failedOf(unknown), ["t.example/m/x:v1 failed since 0"]);
    // the repository is no longer there
    assert.deepEqual(failedOf(look(unknown, found(["t.example/m/y:v1", "none"]), manifest, later)), []);
  });

  it("keeps the time when a tag was first blocked or failed, until a run finds it as declared", () => {
    const first = look(NOTHING, found(["t.example/a:v1", "blocked"], ["t.example/a:v2", "error"]));
    const second = look(first, found(["t.example/a:v1", "blocked"], ["t.example/a:v2", "error"]), a, later);
    assert.deepEqual(blockedOf(second), ["t.example/a:v1 since 0"]);
    assert.deepEqual(failedOf(second), ["t.example/a:v2 failed since 0"]);
    assert.deepEqual(problemsOf(second), ["t.example/a:v1 blocked", "t.example/a:v2 failed"]);
    const third = look(second, found(["t.example/a:v1", "none"], ["t.example/a:v2", "none"]), a, later);
    assert.deepEqual(problemsOf(third), []);
    assert.deepEqual(failedOf(look(third, found(["t.example/a:v2", "error"]), a, later)), [
      "t.example/a:v2 failed since 1",
    ]);
  });

  it("keeps what runs of other entries found", () => {
    const first = look(NOTHING, found(["t.example/a:v1", "blocked"], ["t.example/a:v2", "error"]));
    const second = look(first, found(["t.example/b:v1", "none"]), b);
    assert.deepEqual(blockedOf(second), ["t.example/a:v1 since 0"]);
    assert.deepEqual(problemsOf(second), ["t.example/a:v1 blocked", "t.example/a:v2 failed"]);
  });

  it("forgets a tag that is no longer selected, unless the selection failed", () => {
    const first = look(NOTHING, found(["t.example/a:v1", "blocked"]));
    const failed = look(first, emptyReport({ failures: [listFailed("t.example/a")] }));
    assert.deepEqual(blockedOf(failed), ["t.example/a:v1 since 0"]);
    assert.equal(troublesOf(failed).size, 2);
    const again = look(failed, emptyReport({ failures: [listFailed("t.example/a")] }), a, later);
    assert.deepEqual(
      [...again.entries.values()].map(({ since }) => since),
      [now],
    );
    assert.equal(troublesOf(look(failed, emptyReport())).size, 0);
  });

  it("keeps each failure of an entry, until a run of the entry does not find it", () => {
    const failures = ["t.example/a", "t.example/b"].map((reference) => listFailed(reference, { reference }));
    const references = ({ entries }: Standing) => [...entries.values()].map(({ error }) => error.reference);
    const first = look(NOTHING, emptyReport({ failures }), both);
    assert.deepEqual(references(first), ["t.example/a", "t.example/b"]);
    assert.equal(troublesOf(first).size, 2);
    assert.deepEqual(references(look(first, emptyReport({ failures: failures.slice(1) }), both)), ["t.example/b"]);
    const other = emptyReport({ failures: [listFailed("t.example/a", { code: "DENIED" })] });
    assert.deepEqual(references(look(first, other, a)), ["t.example/b", undefined]);
  });

  it("counts a failed run as trouble until a run of the same schedule succeeds", () => {
    const error = { code: "CONFIG_INVALID", message: "no" } as const;
    const fail = (before: Standing, at: Date): Standing =>
      updateStandingAfterFailure(before, error, { manifest: a, schedules: ["@hourly"], now: at });
    const first = fail(fail(NOTHING, now), later);
    assert.deepEqual(problemsOf(first), ["schedule @hourly CONFIG_INVALID"]);
    assert.deepEqual(first.schedules.get("@hourly")?.since, now);
    const other = updateStanding(first, emptyReport(), { manifest: b, schedules: ["@daily"], now });
    assert.equal(troublesOf(other).size, 1);
    assert.equal(troublesOf(look(other, emptyReport())).size, 0);
  });

  it("suggests what to do about a blocked tag, with the image that is there", () => {
    const { digest } = smallImage(2);
    const blocked = change("r.example/app:v1", "t.example/a:v1", smallImage(1).digest, { action: "blocked" });
    const result = { outcome: "blocked", transferredBytes: 0, milliseconds: 0, notes: [], digest } as const;
    const { blocked: tags } = look(NOTHING, emptyReport({ results: [{ change: blocked, result }] }));
    const [tag] = tags.values();
    assert.ok(tag !== undefined);
    assert.ok(tag.hint.startsWith(`use a new tag, or pin the image that is there now, with from: "${digest}"`));
    assert.deepEqual(tag.positions, blocked.positions);
  });

  it("lists every target repository with its tags, state and last success", () => {
    const seen = (standing: Standing) =>
      [...standing.repositories].map(([name, { state, tags, lastSuccess }]) => {
        const counts = Object.values(tags).join(" ");
        return `${name} ${state} ${counts} ${lastSuccess?.getUTCHours() ?? "never"}`;
      });
    assert.deepEqual(seen(NOTHING), ["t.example/a unknown 0 0 0 0 never", "t.example/b unknown 0 0 0 0 never"]);
    const first = look(NOTHING, found(["t.example/a:v1", "none"], ["t.example/a:v2", "none"]));
    assert.deepEqual(seen(first), ["t.example/a in-sync 2 0 0 0 0", "t.example/b unknown 0 0 0 0 never"]);
    const second = look(first, found(["t.example/a:v1", "error"], ["t.example/a:v2", "blocked"]), a, later);
    assert.equal(seen(second)[0], "t.example/a failing 0 0 1 1 0");
    const listed = emptyReport({ ...found(["t.example/a:v1", "none"]), failures: [listFailed("t.example/a")] });
    assert.equal(seen(look(second, listed, a, later))[0], "t.example/a failing 1 0 0 0 0");
    const error = { code: "CONFIG_INVALID", message: "no" } as const;
    const failed = updateStandingAfterFailure(first, error, { manifest: a, schedules: ["@hourly"], now: later });
    assert.equal(seen(failed)[0], "t.example/a failing 2 0 0 0 0");
    const reloaded = beginStanding(manifestOf([entry("t.example/c"), entry("t.example/a")]), first);
    assert.deepEqual(seen(reloaded), ["t.example/c unknown 0 0 0 0 never", "t.example/a unknown 0 0 0 0 0"]);
  });

  it("counts held tags apart, and not the tags that are deleted or missing as declared", () => {
    const planned = (action: Action, outcome: "applied" | "unchanged" | "failed", tag: string) => ({
      change: change("r.example/app:v1", `t.example/a:${tag}`, smallImage(1).digest, { action }),
      result: { outcome, transferredBytes: 0, milliseconds: 0, notes: [] },
    });
    const results = [
      planned("create", "applied", "1"),
      planned("held", "unchanged", "2"),
      planned("delete", "applied", "3"),
      planned("missing", "unchanged", "4"),
      planned("delete", "failed", "5"),
    ];
    const kept = look(NOTHING, emptyReport({ results })).repositories.get("t.example/a");
    assert.deepEqual(kept?.tags, { inSync: 1, held: 1, blocked: 0, failed: 1 });
  });
});
