import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { findForeignSyntax } from "../../src/selectors/foreign-regex.ts";
import { tagRegexProblem } from "../../src/selectors/pattern-problem.ts";
import { compileRegex, regexProblem } from "../../src/selectors/regex.ts";

/** A pattern in another syntax, its JavaScript form, a tag that it matches and one that it does not. */
const TRANSLATED: readonly (readonly [string, string, string, string])[] = [
  ["(?P<v>\\d+)-a", "(?<v>\\d+)-a", "12-a", "12"],
  ["(?'v'\\d+)", "(?<v>\\d+)", "12", "a"],
  ["(?i)v[a-c]_x", "[vV][a-cA-C]_[xX]", "VB_x", "vd_x"],
  ["v(?i:rc)x", "v(?:[rR][cC])x", "vRcx", "vrcX"],
  ["a((?i)b)c", "a([bB])c", "aBc", "aBC"],
  ["(?s)v.*", "v.*", "v1", "1"],
  ["\\Av1\\z", "v1", "v1", "xv1"],
  ["v1\\Z", "v1", "v1", "v1x"],
  ["[[:digit:]]+", "[0-9]+", "12", "d"],
  ["[^[:alpha:]_-]+", "[^A-Za-z_-]+", "12", "a"],
  ["[[:^digit:]]+", "[\\D]+", "ab", "1"],
  ["[:digit:]+", "[0-9]+", "12", "d"],
  ["v1\\-\\d", "v1-\\d", "v1-2", "v1"],
  ["a\\_b", "a_b", "a_b", "a-b"],
  ["[\\_]", "[_]", "_", "-"],
  ["\\Q1.2\\E.*", "1\\.2.*", "1.2x", "1x2"],
  ["\\d++a*+b?+", "\\d+a*b?", "12ab", "x"],
  ["\\d{2}+", "\\d{2}", "12", "1"],
  ["(?>a|b)c", "(?:a|b)c", "bc", "c"],
  ["[\\w-.]+", "[\\w\\-.]+", "a-.b", ""],
  ["[]a]", "[\\]a]", "a", "b"],
  ["\\pL+", "\\p{L}+", "ab", "1"],
  ["(?#any)v", "v", "v", "w"],
];

describe("a regular expression in the syntax of Go, PCRE or POSIX", () => {
  for (const [pattern, translation, fitting, other] of TRANSLATED) {
    test(`${pattern} is refused, with ${translation} as the hint`, () => {
      assert.equal(tagRegexProblem(pattern)?.hint, `write "${translation}"`);
      assert.match(tagRegexProblem(pattern)?.problem ?? "", /is not JavaScript's syntax/);
      assert.equal(tagRegexProblem(translation), undefined);
      assert.deepEqual([fitting, other].map(compileRegex(translation).matches), [true, false]);
    });
  }

  for (const pattern of ["(?R)", "(?(1)a|b)", "(?x) a b", "[[.a.]]", "(*UTF8)a", "a\\Kb", "(?P<v>a)(?P=v)"]) {
    test(`${pattern} has no equivalent, and the hint suggests none`, () => {
      assert.match(tagRegexProblem(pattern)?.hint ?? "", /^write it in JavaScript's syntax/);
    });
  }

  test("has all of its constructs named", () => {
    assert.deepEqual(findForeignSyntax("(?i)(?P<v>x)\\-y\\-z")?.constructs, ["(?i)", "(?P<v>", "\\-"]);
  });

  test("is not confused with JavaScript's own syntax", () => {
    const own = [
      "v\\d+(?:-\\w+)?",
      "(?<v>\\d+)\\.\\k<v>",
      "(a)\\1",
      "(?<!x)a(?!b)(?=c)?",
      "[a\\-z.\\w-]",
      "\\d+?[^]",
      "\\u{41}\\x41\\p{L}",
    ];
    for (const pattern of own) assert.equal(findForeignSyntax(pattern), undefined, pattern);
  });

  test("is checked without throwing, and a suggested form is valid", () => {
    const unit = fc.constantFrom(..."(?P<i>:=!#[]^-\\QEAz{},12*+|a.d".split(""), "[:digit:]", "(?i)", "\\-");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 24 }), (pattern) => {
        const translation = findForeignSyntax(pattern)?.translation;
        tagRegexProblem(pattern);
        if (translation !== undefined) assert.equal(regexProblem(translation), undefined);
      }),
      { numRuns: 3000 },
    );
  });
});
