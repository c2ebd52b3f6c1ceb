import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { MEDIA_TYPES } from "../../src/model/manifest.ts";
import { EMPTY_SNAPSHOT } from "../../src/model/snapshot.ts";
import type { Entry, SyncManifest } from "../../src/model/sync-manifest.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { answerAll, type World } from "./support/world.ts";

const SOURCE = "quay.io/team/app";
const RESOLVED = { [`${SOURCE}:1`]: "level0", "registry.test/app:1": null };

describe("a plan", () => {
  test("is not made while questions are open", () => {
    assert.throws(() => makePlan(manifestOf(entryOf(["1"])), EMPTY_SNAPSHOT), /2 questions open/);
  });

  test("follows nested indexes and counts the bytes below them", () => {
    const world = { resolved: RESOLVED, manifests: nested(3) };
    const { snapshot, asked } = answerAll(manifestOf(entryOf(["1"])), world, {});
    const [change] = makePlan(manifestOf(entryOf(["1"])), snapshot).changes;
    assert.equal(change?.action, "create");
    assert.equal(change.bytes, 7);
    assert.equal(asked.filter((line) => / (?:resolve|manifest) /.test(line)).length, 2 + 4);
  });

  test("stops at indexes that are nested too deeply", () => {
    const world = { resolved: RESOLVED, manifests: nested(50) };
    const { snapshot, asked } = answerAll(manifestOf(entryOf(["1"])), world, {});
    const [change] = makePlan(manifestOf(entryOf(["1"])), snapshot).changes;
    assert.equal(change?.action, "error");
    assert.equal(change.error?.code, "LIMIT_EXCEEDED");
    assert.ok(asked.length < 15, `${asked.length} questions`);
  });

  test("resolves each of many tags once at each side", () => {
    const tags = Array.from({ length: 500 }, (_, at) => `v${at}`);
    const resolved = Object.fromEntries(
      tags.flatMap((tag) => [`${SOURCE}:${tag}`, `registry.test/app:${tag}`].map((name) => [name, tag])),
    );
    const manifest = manifestOf(entryOf(tags));
    const { snapshot, asked } = answerAll(manifest, { resolved }, {});
    assert.equal(asked.filter((line) => line.includes(" resolve ")).length, 1000);
    assert.deepEqual(
      asked.filter((line) => line.includes(" tags ")),
      [`2 tags ${SOURCE}`],
    );
    assert.equal(
      asked.length,
      1000 + 1 + 500,
      "and what refers to each image, which the host answers at once or never",
    );
    assert.ok(makePlan(manifest, snapshot).changes.every(({ action }) => action === "none"));
  });
});

function nested(depth: number): World["manifests"] {
  const leaf = {
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: "x", digest: "config", size: 7 },
    layers: [],
  };
  const levels = Array.from({ length: depth }, (_, at) => {
    const isLast = at === depth - 1;
    const mediaType = isLast ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.ociIndex;
    const json = { manifests: [{ mediaType, digest: isLast ? "leaf" : `level${at + 1}`, size: 1 }] };
    return [`${SOURCE}@level${at}`, { type: "ociIndex", json }] as const;
  });
  return Object.fromEntries([...levels, [`${SOURCE}@leaf`, { type: "ociManifest", json: leaf }]]);
}

function entryOf(tags: readonly string[]): Entry {
  const position = { file: "images.yaml", line: 1, column: 1 };
  return {
    position,
    source: { kind: "registry", repository: { host: "quay.io", path: "team/app" } },
    targets: [{ position, repository: { host: "registry.test", path: "app" } }],
    tags: tags.map((tag) => ({ kind: "literal", position, from: { tag }, to: [tag], isLatestImplied: false })),
    engine: "registry",
    platforms: "all",
    referrers: true,
    optional: false,
  };
}

function manifestOf(entry: Entry): SyncManifest {
  return { entries: [entry], rules: [], registries: new Map(), hash: digestOf("manifest") };
}
