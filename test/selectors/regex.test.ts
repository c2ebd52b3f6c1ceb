import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { compileRegex, regexProblem, regexSyntaxProblem, versionRegexProblem } from "../../src/selectors/regex.ts";
import { randomRegex, randomText } from "./pattern/support/random-regex.ts";

describe("a regular expression", () => {
  test("matches whole texts and captures the version as JavaScript does", () => {
    let captured = 0;
    fc.assert(
      fc.property(randomRegex, fc.array(randomText, { minLength: 5, maxLength: 5 }), (pattern, texts) => {
        fc.pre(regexProblem(pattern) === undefined);
        const native = new RegExp(`^(?:${pattern})$`, "u");
        const { find, matches } = compileRegex(pattern);
        for (const text of texts) {
          const expected = native.exec(text);
          const version = expected?.groups?.["version"];
          assert.deepEqual(find(text), expected === null ? undefined : { captured: version }, JSON.stringify(text));
          assert.equal(matches(text), expected !== null);
          if (version !== undefined && version !== "") captured += 1;
        }
      }),
      { numRuns: 2000 },
    );
    assert.ok(captured > 50, `only ${captured} versions were captured`);
  });

  test("is valid where it is valid in JavaScript", () => {
    const unit = fc.constantFrom(
      ..."ab1-,.|*+?^$()[]{}\\=!:".split(""),
      "(?:",
      "(?<v>",
      "\\p{L}",
      "\\u{61}",
      "\\1",
      "{1,2}",
    );
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 12 }), (pattern) => {
        // whether two groups may have one name depends on the runtime
        fc.pre(pattern.split("(?<v>").length < 3);
        assert.equal(regexSyntaxProblem(pattern) === undefined, isValid(pattern), pattern);
      }),
      { numRuns: 3000 },
    );
  });

  const captures: readonly (readonly [pattern: string, text: string, version: string | undefined])[] = [
    ["(?<version>\\d+)(?:\\.\\d+)?", "1.2", "1"],
    ["(?<version>a*?)(?:a*)", "aa", ""],
    ["(?<version>a|ab)(?:c|bcd)d?", "abcd", "a"],
    ["(?:(?<version>a)|b)*", "ab", undefined],
    ["(?:(?<version>a)|b)*", "ba", "a"],
    ["(?=(?<version>\\d+))1\\w+", "12a", "12"],
    ["\\w+(?<=(?<version>\\d+))", "a12", "12"],
    ["\\w+(?<=(?<version>\\d+)\\d)", "a123", "12"],
    ["(?!(?<version>b))a", "a", undefined],
    ["(?:(?=(?<version>a*)).)*", "aab", ""],
    ["(?<version>(?:a?)*)", "aa", "aa"],
    ["v(?<version>💥+)\\u{1F4A5}é", "v💥💥é", "💥"],
  ];
  for (const [pattern, text, version] of captures) {
    test(`${pattern} captures ${version} in ${text}`, () => {
      assert.deepEqual(compileRegex(pattern).find(text), { captured: version });
    });
  }

  test("repeats a lookahead that failed earlier only because a round was empty", () => {
    // the look is true at "b" first, where the empty round of its repetition fails, and must be true at "ab" too
    assert.equal(compileRegex("a*(?=(?:(?:a|)(?:c|))*b)ab").matches("ab"), true);
  });

  test("may name a group in several alternatives, on every runtime", () => {
    const { find } = compileRegex("v(?<version>\\d+)|(?<version>\\d+)v");
    assert.deepEqual(["v12", "34v", "56"].map(find), [{ captured: "12" }, { captured: "34" }, undefined]);
  });

  test("keeps no state between texts", () => {
    const { find } = compileRegex("(?:(?<version>a+)|(?=b)b)c?");
    const alone = ["a", "b", "aac", "x", ""].map((text) => compileRegex("(?:(?<version>a+)|(?=b)b)c?").find(text));
    assert.deepEqual(["a", "b", "aac", "x", ""].map(find), alone);
    assert.deepEqual(
      ["a".repeat(1000), "b", "a"].map((text) => find(text)?.captured?.length),
      [1000, undefined, 1],
    );
  });

  test("with a backreference is refused, and the hint shows a way out", () => {
    assert.match(regexProblem("(a|b)-\\1")?.problem ?? "", /^"\(a\|b\)-\\1" has the backreference "\\1"/);
    assert.match(regexProblem("(?<v>a)\\k<v>")?.hint ?? "", /^write out the alternatives/);
    assert.equal(regexSyntaxProblem("(a)\\1"), undefined, "another program may match it");
  });

  test("is refused when its counted repetitions are too large", () => {
    for (const pattern of [
      ".{2000}",
      "(?:x{0,100}){0,100}",
      "(?:(?:a{9}){9}){99}",
      "(?:){1000000000}",
      "(?:a{0}){999999999}",
    ])
      assert.match(regexProblem(pattern)?.problem ?? "", /repeats too much/, pattern);
    for (const pattern of [
      ".{1,128}",
      "(?:[a-z0-9]{1,63}\\.){1,4}[a-z]{2,63}",
      "(?:\\d{1,3}\\.){3}\\d{1,3}",
      "[0-9a-f]{64}",
    ])
      assert.equal(regexProblem(pattern), undefined, pattern);
  });

  test("with flags inside is refused", () => {
    assert.match(regexProblem("a(?i:b)")?.problem ?? "", /has the flags "i"/);
  });

  test("for versions needs a group named version", () => {
    assert.match(versionRegexProblem("stable-(.*)")?.hint ?? "", /\(\?<version>/);
    assert.equal(versionRegexProblem("stable-(?<version>.*)"), undefined);
  });

  test("that was refused cannot be compiled", () => {
    assert.throws(() => compileRegex("("), /not a regular expression/);
  });
});

function isValid(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u").unicode;
  } catch {
    return false;
  }
}
