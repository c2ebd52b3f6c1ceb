import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileGoPattern, compileRe2 } from "../../../src/selectors/pattern/re2.ts";
import { compileDoublestar, compileWildcard } from "../../../src/selectors/pattern/wildcard.ts";

const TEXTS = [
  "",
  "v",
  "v1",
  "v1.2",
  "v1.2.3",
  "1.27.3-alpine",
  "latest",
  "ab",
  "aab",
  "a-b",
  "a.b",
  "a|b",
  "]",
  "x_y",
  "V1",
  "dev-1",
];

describe("patterns of registries", () => {
  test("can be regular expressions, which match as in JavaScript", () => {
    const patterns = [
      "v.*",
      "^v\\d+$",
      "v[0-9]+(\\.[0-9]+)*",
      "v\\d{1,2}\\.\\d{1,}",
      "(?:latest|dev-.*)",
      "[^v].*",
      "a?b+?",
      "a*b",
      "[a-c.]+",
      "[]a]+",
      "",
      ".*",
      "x_\\w",
      "\\d+\\.\\d+\\.\\d+-[a-z]+",
      "a(|b)b",
      "(a|ab)(b|)",
      "a\\|b",
      "[\\d.]+",
      "[a-]+b",
    ];
    for (const pattern of patterns) {
      const matcher = compileRe2(pattern);
      assert.ok(matcher, pattern);
      // JavaScript reads [] as an empty class
      const known = pattern.replace("[]", "[\\]");
      for (const text of TEXTS) {
        assert.equal(matcher.whole(text), new RegExp(`^(?:${known})$`).test(text), `${pattern} whole ${text}`);
        assert.equal(matcher.part(text), new RegExp(known).test(text), `${pattern} part ${text}`);
      }
    }
  });

  test("are not compiled when their syntax is not supported", () => {
    for (const pattern of [
      "(?i)v",
      "(?P<x>v)",
      "(",
      "a)",
      "[[:alpha:]]",
      "\\bv",
      "\\pL",
      "a{1",
      "a**",
      "*",
      "[z-a]",
      "a{9999}",
      "x".repeat(501),
    ])
      assert.equal(compileRe2(pattern), undefined, pattern);
    assert.equal(compileRe2(`${"(".repeat(30)}a${")".repeat(30)}`), undefined);
    assert.equal(compileRe2("((a{200}){200}){200}"), undefined);
  });

  test("of Go have flags, named groups, anchors and POSIX classes", () => {
    const cases = [
      ["(?i)^V1", "v1", true],
      ["(?i:v)X", "VX", true],
      ["(?i:v)X", "vx", false],
      ["a(?i)b|c", "aB", true],
      ["(a(?i)b)c", "aBc", true],
      ["(a(?i)b)c", "aBC", false],
      ["(?i)[a-c]", "B", true],
      ["(?i)[^a-c]", "B", false],
      ["(?i)a(?-i)b", "AB", false],
      ["^(?P<major>\\d+)$", "12", true],
      ["^(?<major>\\d+)$", "12", true],
      ["\\Av1\\z", "v1", true],
      ["\\Av1\\z", "v12", false],
      ["\\bv1\\b", "x-v1-y", true],
      ["\\bv1\\b", "xv1", false],
      ["\\Bv1", "xv1", true],
      ["^[[:digit:].]+$", "1.2", true],
      ["^[[:^digit:]]+$", "1.2", false],
      ["^[[:alpha:]_-]+$", "a-B_", true],
    ] as const;
    for (const [pattern, text, expected] of cases) {
      assert.equal(compileGoPattern(pattern)?.part(text), expected, `${pattern} ${text}`);
    }
    for (const pattern of ["(?x)v", "(?P<x", "(?)", "(?=v)", "[[:nothing:]]", "\\pL"]) {
      assert.equal(compileGoPattern(pattern), undefined, pattern);
    }
  });

  test("cannot cause catastrophic backtracking", () => {
    const text = `${"a".repeat(127)}!`;
    for (const pattern of ["(a+)+", "(a|a)*", "(a*)*", "(?:a?){100}a{100}", ".*.*.*.*.*.*.*.*.*.*x", "(((a*)*)*)*b"]) {
      assert.equal(compileRe2(pattern)?.whole(text), false, pattern);
    }
    assert.equal(compileWildcard("*a".repeat(60))?.whole(text), false);
  });

  test("can be ECR wildcards, in which only the star is special", () => {
    const cases = [
      ["v*", "v1", true],
      ["v*", "xv1", false],
      ["*-rc*", "v1-rc2", true],
      ["1.2", "1x2", false],
      ["*", "", true],
      ["a*b*c", "abc", true],
    ] as const;
    for (const [pattern, text, expected] of cases)
      assert.equal(compileWildcard(pattern)?.whole(text), expected, pattern);
  });

  test("can be Harbor globs, with parts, choices and classes", () => {
    const cases = [
      ["**", "a/b", true],
      ["*", "a/b", false],
      ["team/**", "team/app", true],
      ["**/app", "team/app", true],
      ["**/app", "app", true],
      ["{v*,latest}", "v1", true],
      ["{v*,latest}", "latest", true],
      ["{v*,latest}", "dev", false],
      ["v?", "v1", true],
      ["v[0-9]", "vx", false],
      ["1.2", "1x2", false],
      ["v[!0-9]", "vx", true],
      ["a+b", "aab", false],
    ] as const;
    for (const [pattern, text, expected] of cases)
      assert.equal(compileDoublestar(pattern)?.whole(text), expected, `${pattern} ${text}`);
  });
});
