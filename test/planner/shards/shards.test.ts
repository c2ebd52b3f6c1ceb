import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../../src/model/digest.ts";
import { MEDIA_TYPES } from "../../../src/model/manifest.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { formatRepository } from "../../../src/model/reference.ts";
import type { Entry, SyncManifest } from "../../../src/model/sync-manifest.ts";
import { makePlan } from "../../../src/planner/plan.ts";
import { answerAll, type World } from "../support/world.ts";

const MEBIBYTE = 1024 * 1024;
const position = { file: "images.yaml", line: 1, column: 1 };

/** An entry that copies one tag of `quay.io/PATH` to `registry.test/PATH`. */
function entryOf(path: string, host = "quay.io"): Entry {
  return {
    position,
    source: { kind: "registry", repository: { host, path } },
    targets: [{ position, repository: { host: "registry.test", path } }],
    tags: [{ kind: "literal", position, from: { tag: "1" }, to: ["1"], isLatestImplied: false }],
    engine: "registry",
    platforms: "all",
    referrers: false,
    optional: false,
  };
}

function planOf(entries: readonly Entry[], world: World, shards: number): Plan {
  const manifest: SyncManifest = { entries, rules: [], registries: new Map(), hash: digestOf("manifest") };
  const { snapshot } = answerAll(manifest, world, { shards });
  return makePlan(manifest, snapshot, { shards });
}

/** An image with one layer of its own, and a layer that it shares with all of its family. */
function familyWorld(paths: readonly string[], shared: number): World {
  const resolved = Object.fromEntries(
    paths.flatMap((path) => [
      [`quay.io/${path}:1`, `image of ${path}`],
      [`registry.test/${path}:1`, null],
    ]),
  );
  const manifests = Object.fromEntries(
    paths.map((path) => {
      const [family = ""] = path.split("/");
      const layers = [
        { mediaType: "x", digest: `base of ${family}`, size: shared },
        { mediaType: "x", digest: `layer of ${path}`, size: MEBIBYTE },
      ];
      const json = { mediaType: MEDIA_TYPES.ociManifest, config: { mediaType: "x", digest: path, size: 100 }, layers };
      return [`quay.io/${path}@image of ${path}`, { type: "ociManifest", json }];
    }),
  );
  return { resolved, manifests };
}

const namesOf = ({ shards = [] }: Plan): readonly (readonly string[])[] =>
  shards.map(({ repositories }) => repositories.map(formatRepository));

describe("the shards of a plan", () => {
  const paths = ["a/1", "b/1", "c/1", "a/2", "b/2", "c/2", "a/3", "b/3", "c/3"];

  it("keep repositories together that share a large layer", () => {
    const plan = planOf(
      paths.map((path) => entryOf(path)),
      familyWorld(paths, 200 * MEBIBYTE),
      3,
    );
    assert.deepEqual(
      namesOf(plan).toSorted((one, other) => String(one).localeCompare(String(other))),
      ["a", "b", "c"].map((family) => [1, 2, 3].map((number) => `registry.test/${family}/${number}`)),
    );
  });

  it("are the same if the entries of the manifest are in another order", () => {
    const world = familyWorld(paths, 2 * MEBIBYTE);
    const entries = paths.map((path) => entryOf(path));
    assert.deepEqual(namesOf(planOf(entries.toReversed(), world, 4)), namesOf(planOf(entries, world, 4)));
  });

  it("divide tags whose size is unknown, because reading manifests counts as a pull", () => {
    const resolved = Object.fromEntries(
      paths.flatMap((path) => [
        [`docker.io/${path}:1`, `image of ${path}`],
        [`registry.test/${path}:1`, null],
      ]),
    );
    const plan = planOf(
      paths.map((path) => entryOf(path, "docker.io")),
      { resolved },
      3,
    );
    assert.deepEqual(
      namesOf(plan).map((names) => names.length),
      [3, 3, 3],
    );
  });

  it("include a repository whose tags could not be listed, with the repositories that have work", () => {
    const entry: Entry = {
      ...entryOf("a/1"),
      tags: [{ kind: "selector", position, match: { kind: "glob", patterns: ["*"] }, exclude: [] }],
    };
    const plan = planOf(
      [entry, entryOf("b/1")],
      { ...familyWorld(["b/1"], 1), tags: { "quay.io/a/1": { error: { code: "DENIED", message: "no" } } } },
      2,
    );
    assert.equal(plan.failures?.length, 1);
    assert.deepEqual(namesOf(plan), [["registry.test/b/1"], ["registry.test/a/1"]]);
  });

  it("are not made unless asked for", () => {
    const manifest: SyncManifest = { entries: [], rules: [], registries: new Map(), hash: digestOf("manifest") };
    assert.equal("shards" in makePlan(manifest, answerAll(manifest, {}, {}).snapshot), false);
  });
});
