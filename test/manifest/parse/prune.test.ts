import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findings, formatDiagnostic, parse } from "./support/parse.ts";

describe("prune: true on an entry without selectors", () => {
  const at = (rest: string): string => `version: 1\nimages:\n  - { source: s.test/app, target: t.test/app, ${rest} }\n`;

  it("is a warning at its position", () => {
    const text = at("prune: true, tags: [v1, { from: v2, to: stable }]");
    const [first, ...others] = parse(text).diagnostics;
    assert.equal(others.length, 0);
    assert.equal(first?.severity, "warning");
    assert.match(first === undefined ? "" : formatDiagnostic(first), /^images\.yaml:3:54 `prune` has no effect here/);
    assert.equal(parse(at("prune: true")).diagnostics.length, 1);
    assert.ok(parse(text).manifest !== undefined);
  });

  it("gets no warning in the defaults of the file, or with at least one selector", () => {
    assert.deepEqual(findings(at("prune: true, tags: [v1, { glob: 'v*' }]")), []);
    const defaults = "version: 1\ndefaults: { prune: true }\n";
    assert.deepEqual(findings(at("tags: [v1]").replace("version: 1\n", defaults)), []);
  });
});
