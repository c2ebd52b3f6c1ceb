import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isTag } from "../../../src/model/reference.ts";
import { findings, parseFit, tagsFile, mappingsOf } from "./support/parse.ts";

function targetTags(tags: string): readonly string[] {
  return mappingsOf(tags).flatMap((mapping) => (mapping.kind === "literal" ? mapping.to : []));
}

describe("scalars", () => {
  it("keep their spelling as tags", () => {
    const tags = [
      "1.10",
      "1e3",
      "0x1F",
      "0o17",
      "on",
      "null",
      "2024-01-01",
      "012",
      "1_000",
      "true",
      "FALSE",
      "1.0",
      "007",
    ];
    assert.deepEqual(targetTags(tags.join(", ")), tags);
  });

  it("have their value when they are quoted or a block", () => {
    assert.deepEqual(targetTags(`'1.10', "1.\\x31"`), ["1.10", "1.1"]);
    const text = "version: 1\nimages:\n  - source: a/b\n    target: r.io/c\n    tags:\n      - >-\n        v1\n";
    assert.deepEqual(parseFit(text).entries[0]?.tags[0]?.kind, "literal");
  });

  it("are reported as written when they are not a valid tag", () => {
    assert.match(findings(tagsFile("~"))[0] ?? "", /"~" is not a tag/);
    assert.match(
      findings("version: 1\nimages:\n  - source: a/b\n    target: c\n    tags:\n      -\n")[0] ?? "",
      /tag is empty/,
    );
  });

  it("keep their type when a type is expected", () => {
    const [entry] = parseFit(
      "version: 1\nimages: [{source: a/b, target: c/d, optional: true, referrers: false}]\n",
    ).entries;
    assert.equal(entry?.optional, true);
    assert.equal(entry?.referrers, false);
    assert.match(
      findings(tagsFile('{ glob: "*", latest: "3" }'))[0] ?? "",
      /expected a whole number, not the text "3"/,
    );
    assert.match(findings('version: "1"\n')[0] ?? "", /expected 1, not the text "1"/);
  });

  it("are kept for every tag that YAML allows unquoted", () => {
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}$/);
    fc.assert(
      fc.property(tag, (tag) => {
        assert.ok(isTag(tag));
        const text = `version: 1\nimages:\n  - source: a/b\n    target: r.io/c\n    tags:\n      - ${tag}\n`;
        const [mapping] = parseFit(text).entries[0]?.tags ?? [];
        assert.deepEqual(mapping?.kind === "literal" ? mapping.to : undefined, [tag]);
      }),
    );
  });
});
