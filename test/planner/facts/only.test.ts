import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { checkOnly } from "../../../src/app/only.ts";
import { digestOf } from "../../../src/model/digest.ts";
import { globProblem } from "../../../src/selectors/glob.ts";
import { compileOnly, mayMatchBelow } from "../../../src/planner/facts/only.ts";

const REPOSITORY = { host: "registry.test", path: "team/nginx" };

describe("only", () => {
  for (const [pattern, tag, isMatching] of [
    ["registry.test/team/nginx:1.*", "1.27", true],
    ["registry.test/team/nginx:1.*", "2.0", false],
    ["**", "2.0", true],
    ["registry.test/team/ngin*", "2.0", true],
    ["registry.test/**/*:2.0", "2.0", true],
    ["registry.test/*:2.0", "2.0", false],
    [`registry.test/team/nginx@${digestOf("image")}`, digestOf("image"), true],
    ["registry.test/team/nginx@*", digestOf("image"), true],
    ["registry.test/team/nginx@*", "1.27", false],
    ["registry.test/team/nginx?sha256:*", digestOf("image"), true],
    ["registry.test/team/n*256:*", digestOf("image"), true],
  ] as const) {
    test(`"${pattern}" ${isMatching ? "includes" : "excludes"} ${tag}`, () => {
      const only = compileOnly([pattern]);
      assert.equal(only.matches({ repository: REPOSITORY, tag }), isMatching);
      checkOnly([pattern]);
      if (isMatching) assert.ok(only.mayMatch(REPOSITORY));
    });
  }

  test("rules out a repository before its tags are known", () => {
    const { mayMatch } = compileOnly(["registry.test/other/*:1.*", "quay.io/**"]);
    assert.equal(mayMatch(REPOSITORY), false);
    assert.equal(mayMatch({ host: "quay.io", path: "a/b" }), true);
  });

  test("may match the repository of every tag that it matches", () => {
    const patterns = fc.array(fc.constantFrom("a", "b", "*", "?", ":", "a:1", "*:*", "**"), {
      minLength: 1,
      maxLength: 4,
    });
    const path = fc.array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(patterns, path, fc.constantFrom("1", "a", "b1"), (parts, path, tag) => {
        const pattern = parts.join("/");
        fc.pre(globProblem(pattern) === undefined);
        const only = compileOnly([pattern]);
        const repository = { host: "a", path: path.join("/") };
        if (only.matches({ repository, tag })) assert.ok(only.mayMatch(repository));
      }),
      { numRuns: 5000 },
    );
  });

  for (const [pattern, isPossible] of [
    ["registry.test:5000/team/a:1.*", true],
    ["registry.test:5000/team@sha256:*", true],
    ["registry.test:5000/team:1.*", true],
    ["registry.test:5000/team", true],
    ["registry.test:5000/*/a", true],
    ["**/a", true],
    ["registry.test:5000/**", true],
    ["!registry.test:5000/other/**", true],
    ["registry.test:5000/teams/a", false],
    ["registry.test:5000/teams:1.0", false],
    ["registry.test:5001/**", false],
    ["registry.test/team/a", false],
  ] as const)
    test(`"${pattern}" ${isPossible ? "may match" : "matches nothing"} below a prefix`, () => {
      assert.equal(mayMatchBelow([pattern], "registry.test:5000/team"), isPossible);
    });

  test("may match below the prefixes of every repository that it matches", () => {
    const patterns = fc.array(fc.constantFrom("a", "b", "*", "?", "a:1", "*:*", "**"), { minLength: 1, maxLength: 4 });
    const path = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(patterns, path, fc.constantFrom("1", "a"), fc.nat(), (parts, path, tag, depth) => {
        const pattern = parts.join("/");
        fc.pre(globProblem(pattern) === undefined);
        const repository = { host: "a", path: path.join("/") };
        const prefix = ["a", ...path.slice(0, depth % (path.length + 1))].join("/");
        if (compileOnly([pattern]).matches({ repository, tag })) assert.ok(mayMatchBelow([pattern], prefix));
      }),
      { numRuns: 5000 },
    );
  });
});
