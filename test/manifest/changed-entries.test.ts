import assert from "node:assert/strict";
import { test } from "node:test";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import { findChanged } from "../../src/manifest/changed-entries.ts";

function manifest(text: string) {
  const file = parseFile(text, { file: "images.yaml", variables: new Map(), isRoot: true });
  const { manifest: found, diagnostics } = assemble(file, []);
  assert.ok(found !== undefined, diagnostics[0]?.message);
  return found;
}

const images = (...names: readonly string[]): string =>
  `images:\n${names.map((name) => `  - { source: a.test/team/${name}, target: b.test/${name}, tags: [v1] }\n`).join("")}`;

const linesOf = (now: string, before: string): readonly number[] =>
  findChanged(manifest(now), manifest(before)).manifest.entries.map(({ position }) => position.line);

test("reordering entries changes none of them", () => {
  assert.deepEqual(linesOf(`version: 1\n${images("x", "y")}`, `version: 1\n${images("y", "x")}`), []);
});

test("adding or removing a credential for part of a registry changes the entries that read from it", () => {
  const auth = "registries: { a.test/team/x: { auth: { anonymous: true } } }\n";
  const entries = images("x", "xy");
  assert.deepEqual(linesOf(`version: 1\n${entries}${auth}`, `version: 1\n${entries}`), [3]);
  assert.deepEqual(linesOf(`version: 1\n${entries}`, `version: 1\n${entries}${auth}`), [3]);
});

test("removing an immutability rule changes the entries that it covered", () => {
  const entries = images("x", "y");
  const rule = 'immutable: [{ repositories: "b.test/y" }]\n';
  assert.deepEqual(linesOf(`version: 1\n${entries}`, `version: 1\n${entries}${rule}`), [4]);
});

test("the hash stays that of the whole manifest, so that a saved plan still matches it", () => {
  const now = manifest(`version: 1\n${images("x", "y")}`);
  const { manifest: left } = findChanged(now, manifest(`version: 1\n${images("x")}`));
  assert.equal(left.entries.length, 1);
  assert.equal(left.hash, now.hash);
});

test("a changed pattern over repositories is kept with the entries below its targets, and others are left out", () => {
  const pattern = (source: string, tags = "[v1]"): string =>
    `  - { source: ${source}, target: b.test/mirror, tags: ${tags} }\n`;
  const below = "  - { source: a.test/x, target: b.test/mirror/x, tags: [v2] }\n";
  const text = (...entries: readonly string[]): string => `version: 1\n${images("y")}${entries.join("")}`;
  const changed = findChanged(
    manifest(text(pattern("up.test/**"), below)),
    manifest(text(pattern("up.test/a/**"), below)),
  );
  assert.deepEqual(
    [
      changed.manifest.entries.map(({ position }) => position.line),
      changed.manifest.catalogs?.length,
      changed.orphaned,
    ],
    [[5], 1, []],
  );
  const same = findChanged(manifest(text(pattern("up.test/**"), below)), manifest(text(pattern("up.test/**"), below)));
  assert.deepEqual([same.manifest.entries, same.manifest.catalogs], [[], []]);
  const beside = findChanged(manifest(text(pattern("up.test/**"), below)), manifest(text(pattern("up.test/**"))));
  assert.deepEqual([beside.manifest.entries.length, beside.manifest.catalogs?.length], [1, 1]);
  const removed = findChanged(manifest(text()), manifest(text(pattern("up.test/**"))));
  assert.deepEqual(removed.orphaned, ["b.test/mirror/**:*"]);
});
