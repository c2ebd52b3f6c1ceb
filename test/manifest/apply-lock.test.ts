import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Lock } from "../../src/model/lock.ts";
import { EMPTY_SNAPSHOT, type Snapshot } from "../../src/model/snapshot.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import { applyLock, lockables } from "../../src/manifest/apply-lock.ts";
import { formatLock, parseLock } from "../../src/manifest/lock-file.ts";
import { compileOnly } from "../../src/planner/facts/only.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import { lockQuestions, type LockRequest, type ResolvedLock, resolveLock } from "../../src/planner/resolve-lock.ts";
import { digestNamed } from "../planner/support/world.ts";

const APP = "registry.example/app";
const SEMVER = 'semver ">=1", latest 2';

describe("a lock", () => {
  test("survives a round trip through its file, with special characters in selectors", () => {
    const { entries } = manifestOf(['{ regex: "v[$$$${}]\'$" }', '{ glob: ["a*", "!ab"], exclude: "*c" }']);
    const mappings = lockables({ ...manifestOf([]), entries });
    const lock: Lock = {
      locked: mappings.map(({ source, mapping }, at) => ({
        source,
        mapping,
        tags: new Map([["v1", digestNamed(`n${at}`)]]),
      })),
    };
    const text = formatLock(lock);
    assert.equal(formatLock(parseLock(text, "l")), text);
    assert.deepEqual(
      new Set(parseLock(text, "l").locked.map(({ mapping }) => mapping)),
      new Set(mappings.map(({ mapping }) => mapping)),
    );
  });

  test("replaces tags and selectors with digests and leaves pins unchanged", () => {
    const pin = `{ from: "${digestNamed("pin")}", to: pinned }`;
    const manifest = manifestOf(["1.0.0", '{ semver: ">=1", latest: 2 }', pin]);
    const lock = lockOf({ "1.0.0": { "1.0.0": "a" }, [SEMVER]: { "1.1.0": "b", "1.2.0": "c" } });
    const { manifest: locked, missing, unused } = applyLock(manifest, lock);
    assert.deepEqual([missing, unused], [[], []]);
    const mappings = locked.entries.flatMap(({ tags }) => tags);
    assert.deepEqual(
      mappings.map((mapping) => mapping.kind === "literal" && [mapping.from, mapping.to, mapping.lockedTag]),
      [
        [{ digest: digestNamed("a") }, ["1.0.0"], "1.0.0"],
        [{ digest: digestNamed("b") }, ["1.1.0"], "1.1.0"],
        [{ digest: digestNamed("c") }, ["1.2.0"], "1.2.0"],
        [{ digest: digestNamed("pin") }, ["pinned"], undefined],
      ],
    );
    assert.notEqual(locked.hash, manifest.hash);
  });

  test("does not cover a mapping when it holds tags that the mapping cannot produce", () => {
    const manifest = manifestOf(["1.0.0", '{ semver: ">=1", latest: 2 }']);
    const bad: readonly Locked[] = [
      { "1.0.0": { latest: "a" }, [SEMVER]: { "1.1.0": "b" } },
      { "1.0.0": { "1.0.0": "a" }, [SEMVER]: { latest: "b" } },
      { "1.0.0": { "1.0.0": "a" }, [SEMVER]: { "1.1.0": "b", "1.2.0": "b", "1.3.0": "b" } },
      { "1.0.0": { "1.0.0": "a" }, [SEMVER]: {} },
    ];
    for (const locks of bad) {
      assert.equal(applyLock(manifest, lockOf(locks)).missing.length, 1, JSON.stringify(locks));
    }
  });

  test("asks nothing about locked mappings, and keeps the selector's limit after a partial refresh", () => {
    const manifest = manifestOf(['{ semver: ">=1", latest: 2 }']);
    const old = lockOf({ [SEMVER]: { "1.1.0": "b", "1.2.0": "c" } });
    const none = { matches: () => false, mayMatch: () => false };
    assert.deepEqual(lockQuestions({ manifest, old, refresh: none }, EMPTY_SNAPSHOT), []);
    const source = { "1.1.0": "moved", "1.2.0": "moved", "1.3.0": "new" };
    const { lock, changes } = resolveFrom({ manifest, old, refresh: compileOnly([`${APP}:1.3.0`]) }, source);
    assert.deepEqual(
      [...(lock.locked[0]?.tags ?? [])],
      [
        ["1.2.0", digestNamed("c")],
        ["1.3.0", digestNamed("new")],
      ],
    );
    assert.deepEqual(
      changes.map(({ kind, tag }) => [kind, tag]),
      [
        ["removed", "1.1.0"],
        ["added", "1.3.0"],
      ],
    );
  });
});

function manifestOf(tags: readonly string[]): SyncManifest {
  const text = `version: 1\nimages:\n  - source: ${APP}\n    target: registry.example/mirror\n    tags:\n${(tags.length === 0 ? ["x"] : tags).map((tag) => `      - ${tag}\n`).join("")}`;
  const { manifest, diagnostics } = assemble(
    parseFile(text, { file: "images.yaml", variables: new Map(), isRoot: true }),
    [],
  );
  assert.deepEqual(diagnostics, []);
  assert.ok(manifest);
  return manifest;
}

type Locked = Readonly<Record<string, Readonly<Record<string, string>>>>;

function lockOf(mappings: Locked): Lock {
  return {
    locked: Object.entries(mappings).map(([mapping, tags]) => ({
      source: APP,
      mapping,
      tags: new Map(Object.entries(tags).map(([tag, name]) => [tag, digestNamed(name)])),
    })),
  };
}

function resolveFrom(request: LockRequest, source: Readonly<Record<string, string>>): ResolvedLock {
  const digests = new Map(Object.entries(source).map(([tag, name]) => [tag, digestNamed(name)]));
  const list = { tags: [...digests.keys()], skipped: 0, digests };
  const snapshot: Snapshot = { ...EMPTY_SNAPSHOT, tags: new Map([[APP, { kind: "found", value: list }]]) };
  assert.deepEqual(
    lockQuestions(request, EMPTY_SNAPSHOT).map(({ kind }) => kind),
    ["tags"],
  );
  assert.deepEqual(lockQuestions(request, snapshot), []);
  return resolveLock(request, snapshot);
}
