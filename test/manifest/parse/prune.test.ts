import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findings, formatDiagnostic, parse } from "./support/parse.ts";

describe("prune: true at an entry without selectors", () => {
  const at = (rest: string): string => `version: 1\nimages:\n  - { source: s.test/app, target: t.test/app, ${rest} }\n`;

  it("is told at its place, as a warning", () => {
    const text = at("prune: true, tags: [v1, { from: v2, to: stable }]");
    const [first, ...others] = parse(text).diagnostics;
    assert.equal(others.length, 0);
    assert.equal(first?.severity, "warning");
    assert.match(first === undefined ? "" : formatDiagnostic(first), /^images\.yaml:3:54 `prune` has no effect here/);
    assert.equal(parse(at("prune: true")).diagnostics.length, 1);
    assert.ok(parse(text).manifest !== undefined);
  });

  it("is nothing to tell as a default, nor beside one selector", () => {
    assert.deepEqual(findings(at("prune: true, tags: [v1, { glob: 'v*' }]")), []);
    const defaults = "version: 1\ndefaults: { prune: true }\n";
    assert.deepEqual(findings(at("tags: [v1]").replace("version: 1\n", defaults)), []);
  });
});
