import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ImmutableRule } from "../../../src/model/sync-manifest.ts";
import { compileRules, type RuleMatch } from "../../../src/planner/facts/policy.ts";
import type { TagReference } from "../../../src/model/reference.ts";

const REPOSITORY = { host: "registry.test:5000", path: "team/app" };

describe("immutable rules", () => {
  test("name the pattern that matched", () => {
    const rules = [rule(["registry.test:5000/**"], ["x*", "v*", "!*-rc*"])];
    assert.equal(matchRule(rules, { repository: REPOSITORY, tag: "v1" })?.pattern, "v*");
    assert.equal(matchRule(rules, { repository: REPOSITORY, tag: "v1-rc1" }), undefined);
    assert.equal(matchRule(rules, { repository: REPOSITORY, tag: "latest" }), undefined);
  });

  test("with only exclusions cover all other tags, and name all their patterns", () => {
    const rules = [rule(["registry.test:5000/**"], ["!latest", "!edge"])];
    assert.equal(matchRule(rules, { repository: REPOSITORY, tag: "v1" })?.pattern, "!latest, !edge");
    assert.equal(matchRule(rules, { repository: REPOSITORY, tag: "edge" }), undefined);
  });

  test("add up: an exclusion in one rule does not exempt a tag from another rule", () => {
    const rules = [rule(["**"], ["*", "!v1"]), rule(["registry.test:5000/team/*"])];
    assert.equal(matchRule(rules, { repository: REPOSITORY, tag: "v1" })?.rule, rules[1]);
  });

  test("cover OCI layouts, also those in folders further up", () => {
    for (const host of ["oci:images", "oci:../images", "oci:../../images", "oci:/images"]) {
      assert.ok(matchRule([rule(["**"])], { repository: { host, path: "" }, tag: "v1" }), host);
    }
  });

  test("do not cover another repository", () => {
    assert.equal(matchRule([rule(["registry.test/**"])], { repository: REPOSITORY, tag: "v1" }), undefined);
  });

  test("never cover a digest tag", () => {
    for (const end of ["", ".sig", ".att", ".sbom"]) {
      const tag = `sha256-${"a".repeat(64)}${end}`;
      assert.equal(matchRule([rule(["**"])], { repository: REPOSITORY, tag }), undefined, tag);
    }
  });

  test("cover tags that only look like digest tags", () => {
    for (const tag of ["sha256-abc", `sha256-${"a".repeat(63)}`, `sha256-${"a".repeat(64)}.exe`, "v1.sig"]) {
      assert.ok(matchRule([rule(["**"])], { repository: REPOSITORY, tag }), tag);
    }
  });
});

function matchRule(rules: readonly ImmutableRule[], target: TagReference): RuleMatch | undefined {
  return compileRules(rules)(target);
}

function rule(repositories: readonly string[], tags?: readonly string[]): ImmutableRule {
  const position = { file: "images.yaml", line: 1, column: 1 };
  return { position, repositories, ...(tags === undefined ? {} : { tags }) };
}
