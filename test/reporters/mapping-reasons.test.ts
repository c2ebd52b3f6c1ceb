import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { applyLock } from "../../src/manifest/apply-lock.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import { describeMappings } from "../../src/reporters/mapping-reasons.ts";

const TEXT = `version: 1
images:
  - source: r.example/app
    target: t.example/app
    tags:
      - 1.0.0
      - { from: 1.0.0, to: [1.0, stable] }
      - { semver: ">=1 <2", latest: 2, exclude: "*-rc*" }
      - { from: 1.0.0, to: "kept-{digest:8}" }
  - source: docker-daemon:app
    target: t.example/app:local
`;

function manifest() {
  const parsed = parseFile(TEXT, { file: "images.yaml", variables: new Map(), isRoot: true });
  const { manifest: assembled, diagnostics } = assemble(parsed, []);
  assert.deepEqual(diagnostics, []);
  assert.ok(assembled);
  return assembled;
}

test("each position of a mapping has a description of the mapping", () => {
  assert.deepEqual(
    [...describeMappings(manifest())].map(([place, reason]) => [place.split(":")[1], reason]),
    [
      ["6", "named: 1.0.0"],
      ["7", "named: 1.0.0 as 1.0, stable"],
      ["8", 'selected by semver ">=1 <2", exclude "*-rc*", latest 2'],
      ["9", "named: 1.0.0 as kept-{digest:8}"],
      ["10", "the image as local"],
    ],
  );
});

test("a locked mapping has the description of the mapping in the manifest", () => {
  const source = "r.example/app";
  const locked = [
    { source, mapping: "1.0.0", tags: new Map([["1.0.0", digestOf("one")]]) },
    {
      source,
      mapping: 'semver ">=1 <2", exclude "*-rc*", latest 2',
      tags: new Map([["1.1.0", digestOf("two")]]),
    },
  ];
  const reasons = [...describeMappings(applyLock(manifest(), { locked }).manifest).values()];
  assert.ok(reasons.includes("named: 1.0.0, locked"), reasons.join("\n"));
  assert.ok(reasons.includes('selected by semver ">=1 <2", exclude "*-rc*", latest 2, locked'), reasons.join("\n"));
});
