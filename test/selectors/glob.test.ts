import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { compileGlobs, globProblem, repositoryGlobProblem, tagGlobProblem } from "../../src/selectors/glob.ts";

describe("globs", () => {
  const matching: readonly (readonly [string, string])[] = [
    ["*", "latest"],
    ["v*", "v"],
    ["1.27.*-alpine*", "1.27.3-alpine3.20"],
    ["1.2?", "1.27"],
    ["*.*", "a."],
    ["a/**", "a"],
    ["a/**", "a/b"],
    ["a/**", "a/b/c"],
    ["**", "a/b:1"],
    ["**/c", "c"],
    ["**/c", "a/b/c"],
    ["a/**/c", "a/c"],
    ["a/**/c", "a/b/b/c"],
    ["*/**", "docker.io/library/nginx"],
    ["a/b*/**", "a/b1"],
    ["*-docker.s3nsregistry.fr/my-project/my-repo/**", "u-france-east1-docker.s3nsregistry.fr/my-project/my-repo/a/b"],
    ["*", ".hidden"],
    ["a/*/c", "a/.b/c"],
    ["[::1]:5000/*", "[::1]:5000/app"],
    ["host:5000/a:1.*", "host:5000/a:1.2"],
    ["host/**/*:v1", "host/a/b:v1"],
    ["!*-rc*", "1.0"],
  ];
  for (const [pattern, text] of matching) {
    test(`"${pattern}" matches "${text}"`, () => assert.equal(matchesGlob(pattern, text), true));
  }

  const different: readonly (readonly [string, string])[] = [
    ["*", "a/b"],
    ["?", "/"],
    ["1.2?", "1.2"],
    ["V*", "v1"],
    ["1.10", "1x10"],
    ["a/**", "ab"],
    ["a/**", "b/a"],
    ["a/**/c", "ac"],
    ["**/c", "bc"],
    ["a", "a\n"],
    ["!*-rc*", "1.0-rc1"],
  ];
  for (const [pattern, text] of different) {
    test(`"${pattern}" does not match ${JSON.stringify(text)}`, () => assert.equal(matchesGlob(pattern, text), false));
  }

  test("a list needs a positive match and no negative one, in any order", () => {
    assert.equal(matchesGlobs(["v*", "!*-rc*"], "v1"), true);
    assert.equal(matchesGlobs(["!*-rc*", "v*"], "v1-rc1"), false);
    assert.equal(matchesGlobs(["v*", "!*-rc*"], "w1"), false);
    assert.equal(matchesGlobs(["a", "b"], "b"), true);
  });

  test("a list of only negative patterns matches everything else", () => {
    const isWanted = compileGlobs(["!a*", "!b*"]);
    assert.deepEqual(["a1", "b1", "c1"].map(isWanted), [false, false, true]);
  });

  test("an empty list matches nothing", () => assert.equal(matchesGlobs([], "a"), false));

  for (const [pattern, hint] of [
    ["", "empty"],
    ["!", "empty"],
    ["!!a", '"!"'],
    ["a**", 'write "a*/**"'],
    ["**b", 'write "**/*b"'],
    ["a**b", 'write "a*/**/*b"'],
    ["a***", 'write "a*/**"'],
    ["{a,b}", '"{"'],
    ["@(a|b)", '"("'],
    ["+(a)", '"+"'],
    ["a|b", '"|"'],
    ["a\\b", '"\\"'],
    ["^a$", '"^"'],
    ["a'", `"'"`],
    ["[ab]", "bracket"],
    ["a[::1]", "bracket"],
    ["[[:alpha:]]", "bracket"],
    ["a\u0000", "not supported"],
    ["💥", '"💥"'],
    ["a//b", "empty part"],
    ["/a", "empty part"],
    ["a/", "empty part"],
    ["a/../b", '".."'],
    ["./a", '"."'],
    ["a/**/**", "one **"],
    ["a".repeat(256), "255"],
  ] as const) {
    test(`${JSON.stringify(pattern.slice(0, 30))} is refused with ${hint}`, () => {
      assert.ok(globProblem(pattern)?.includes(hint), globProblem(pattern));
    });
  }

  test("using a refused pattern throws", () => assert.throws(() => matchesGlob("a**", "a"), /not a glob/));

  test("a pattern that no tag can match is refused for tags", () => {
    assert.match(tagGlobProblem("a/b") ?? "", /no tag has/);
    assert.match(tagGlobProblem("a:b") ?? "", /no tag has/);
    assert.equal(tagGlobProblem("!*-rc*"), undefined);
  });

  test("a pattern that no repository can match is refused for repositories", () => {
    assert.match(repositoryGlobProblem("nginx") ?? "", /HOST\/PATH/);
    assert.match(repositoryGlobProblem("Docker.io/*") ?? "", /upper-case/);
    for (const good of ["**", "docker.io/**", "!docker.io/library/*", "[::1]:5000/a"]) {
      assert.equal(repositoryGlobProblem(good), undefined, good);
    }
  });

  test("every accepted pattern matches the same as a plain recursive matcher", () => {
    const part = fc.oneof(
      { weight: 1, arbitrary: fc.constant("**") },
      {
        weight: 4,
        arbitrary: fc.string({ unit: fc.constantFrom("a", "b", ".", "-", "*", "?", ":"), minLength: 1, maxLength: 5 }),
      },
    );
    const patterns = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const word = fc.string({ unit: fc.constantFrom("a", "b", ".", "-", ":"), minLength: 1, maxLength: 5 });
    const isOrdinary = (text: string): boolean => text !== "." && text !== "..";
    const texts = fc.array(word.filter(isOrdinary), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        fc.pre(globProblem(pattern) === undefined);
        assert.equal(matchesGlob(pattern, text), matchesPlainly(pattern.split("/"), text.split("/")));
      }),
      { numRuns: 5000 },
    );
  });

  test("match names as picomatch 4.0.7 did, which matched them in earlier versions", () => {
    const file = new URL("picomatch-cases.jsonl", import.meta.url);
    for (const line of readFileSync(file, "utf8").trim().split("\n")) {
      const [pattern, matching, others]: [string, string[], string[]] = JSON.parse(line);
      const matches = compileGlobs([pattern]);
      for (const text of matching) assert.ok(matches(text), `"${pattern}" matches "${text}"`);
      for (const text of others) assert.ok(!matches(text), `"${pattern}" does not match "${text}"`);
    }
  });

  test("may have any number of wildcards", () => {
    assert.equal(matchesGlob("*a".repeat(100), "ba".repeat(100)), true);
    assert.equal(matchesGlob(`${"*a".repeat(100)}*b`, "a".repeat(1000)), false);
    assert.equal(matchesGlob(`${"**/a/".repeat(50)}b`, `${"a/".repeat(200)}c`), false);
    assert.equal(matchesGlob(`${"**/a/".repeat(50)}b`, `${"a/".repeat(200)}b`), true);
  });

  test("any pattern is either refused or compiles", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (pattern, text) => {
        if (globProblem(pattern) === undefined) matchesGlob(pattern, text);
      }),
    );
  });
});

function matchesGlob(pattern: string, text: string): boolean {
  return compileGlobs([pattern])(text);
}

function matchesGlobs(patterns: readonly string[], text: string): boolean {
  return compileGlobs(patterns)(text);
}

function matchesPlainly(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "**") {
    return matchesPlainly(rest, text) || (text.length > 0 && matchesPlainly(pattern, text.slice(1)));
  }
  const [word, ...words] = text;
  return word !== undefined && matchesPart(first, word) && matchesPlainly(rest, words);
}

function matchesPart(pattern: string, word: string): boolean {
  if (pattern === "") return word === "";
  if (pattern[0] === "*")
    return matchesPart(pattern.slice(1), word) || (word !== "" && matchesPart(pattern, word.slice(1)));
  return word !== "" && (pattern[0] === "?" || pattern[0] === word[0]) && matchesPart(pattern.slice(1), word.slice(1));
}
