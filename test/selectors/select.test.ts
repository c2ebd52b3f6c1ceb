import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { SelectorMapping, TagMatch } from "../../src/model/sync-manifest.ts";
import { matchProblem } from "../../src/selectors/pattern-problem.ts";
import { compileSelector, judgeTags, select } from "../../src/selectors/select.ts";

const SIGNATURE = `sha256-${"a".repeat(64)}.sig`;

describe("select", () => {
  test("matches full versions with a range, with or without a v, but no pre-releases", () => {
    const tags = ["1.25.0", "v1.26.1", "1.24.9", "2.0.0", "1.26", "1", "1.26.0-rc.1", "latest", "V1.25.2", "1.25.0.1"];
    assert.deepEqual(selected(tags, semver(">=1.25 <2")), ["1.25.0", "v1.26.1"]);
  });

  test("matches pre-releases only when prerelease is true, even if the range names one", () => {
    const tags = ["1.26.0-rc.1", "1.26.0", "2.0.0-rc.1"];
    assert.deepEqual(selected(tags, semver(">=1.26.0-rc.1 <2")), ["1.26.0"]);
    assert.deepEqual(selected(tags, semver(">=1.25 <2", { prerelease: true })), ["1.26.0-rc.1", "1.26.0"]);
  });

  test("accepts versions of one or two numbers and leading zeros with loose", () => {
    const tags = ["22.04", "22.10", "24.04", "24", "1.2", "22.04-slim"];
    assert.deepEqual(selected(tags, semver(">=22.04", { loose: true })), ["22.04", "22.10", "24", "24.04"]);
    assert.deepEqual(selected(tags, semver("*")), []);
  });

  test("anchors a regular expression with alternatives at both ends", () => {
    assert.deepEqual(selected(["v1", "v12", "av1", "v1b", "x", "xy"], { kind: "regex", pattern: "v\\d+|x" }), [
      "x",
      "v1",
      "v12",
    ]);
  });

  test("applies latest after exclude, in the order of versions", () => {
    const mapping: SelectorMapping = { ...mappingOf(glob("1.*")), exclude: ["*-rc*"], latest: 2 };
    const { selected, stages } = select(["1.9.0", "1.10.0", "1.11.0-rc1", "1.2.0", "2.0.0"], mapping);
    assert.deepEqual(selected, ["1.9.0", "1.10.0"]);
    assert.deepEqual(
      stages.map(({ step, tags }) => [step, tags.length]),
      [
        ["listed", 5],
        ["match", 4],
        ["exclude", 3],
        ["latest", 2],
      ],
    );
  });

  test("keeps all tags when latest is larger than their number", () => {
    assert.deepEqual(select(["a", "b"], { ...mappingOf(glob("*")), latest: 5 }).selected, ["a", "b"]);
  });

  test("never selects digest tags", () => {
    assert.deepEqual(selected([SIGNATURE, `sha256-${"b".repeat(64)}`, "v1"], glob("*")), ["v1"]);
    assert.equal(compileSelector(mappingOf(glob("*")))(SIGNATURE), false);
  });

  test("selects a tag once when it is listed twice", () => {
    assert.deepEqual(selected(["a", "a"], glob("*")), ["a"]);
  });

  test("leaves out tags that a negative glob matches", () => {
    assert.deepEqual(selected(["v1", "v1-rc1", "x"], glob("v*", "!*-rc*")), ["v1"]);
    assert.deepEqual(selected(["v1", "v1-rc1", "x"], glob("!*-rc*")), ["x", "v1"]);
  });

  test("excludes by globs and regular expressions, and a ! glob keeps tags that they exclude", () => {
    const tags = ["1.0.0", "1.0.0-rc1", "1.1.0-rc1", "1.1.0-slim", "2.0.0-rc1"];
    const mapping = { ...mappingOf(glob("*")), exclude: ["*-slim", "!2.*"], excludeRegexes: [".*-rc\\d+"] };
    assert.deepEqual(select(tags, mapping).selected, ["1.0.0", "2.0.0-rc1"]);
    const outcomes = judgeTags(tags, mapping);
    assert.deepEqual(outcomes.get("1.0.0-rc1"), { kind: "excluded", pattern: ".*-rc\\d+" });
    assert.deepEqual(outcomes.get("1.1.0-slim"), { kind: "excluded", pattern: "*-slim" });
    const onlyTakingBack = { ...mapping, exclude: ["!2.*"] };
    assert.deepEqual(select(tags, onlyTakingBack).selected, ["1.0.0", "1.1.0-slim", "2.0.0-rc1"]);
  });

  test("applies a range and latest to the part of the tag that a pattern captures", () => {
    const tags = [
      "stable-25.0.1",
      "stable-25.10.0",
      "stable-25.9.0",
      "edge-25.11.0",
      "stable-26.0.0",
      "stable-x",
      "25.5.0",
    ];
    const match = semver(">=25 <26", { pattern: "stable-(?<version>.*)" });
    assert.deepEqual(selected(tags, match), ["stable-25.0.1", "stable-25.9.0", "stable-25.10.0"]);
    assert.deepEqual(select(tags, { ...mappingOf(match), latest: 2 }).selected, ["stable-25.9.0", "stable-25.10.0"]);
    const suffixed = semver("*", { pattern: "(?<version>\\d+\\.\\d+)(?:-r\\d+)?-fpm", loose: true });
    assert.deepEqual(select(["8.9-r2-fpm", "8.10-fpm", "8.2-fpm"], { ...mappingOf(suffixed), latest: 2 }).selected, [
      "8.9-r2-fpm",
      "8.10-fpm",
    ]);
    const outcomes = judgeTags(tags, mappingOf(match));
    assert.deepEqual(outcomes.get("edge-25.11.0"), { kind: "unmatched", mismatch: { kind: "pattern" } });
    assert.deepEqual(outcomes.get("stable-x"), { kind: "unmatched", mismatch: { kind: "no-version", isLoose: false } });
    assert.deepEqual(outcomes.get("stable-26.0.0"), { kind: "unmatched", mismatch: { kind: "outside-range" } });
  });

  test("gives each tag one outcome, for any tags and patterns", () => {
    const unit = fc.constantFrom("1", "2", ".", "-", "a", "v", "rc", "stable-", "sha256-");
    const pattern = fc.constantFrom(
      "(?<version>.*)",
      "v?(?<version>[0-9.]+)(?:-.*)?",
      "stable-(?<version>\\d.*)?",
      "(?<version>)",
    );
    const regexes = fc.array(fc.constantFrom(".*-rc.*", "a|v", "(?:)"), { maxLength: 2 });
    const globs = fc.array(fc.constantFrom("*rc*", "!v*", "!*", "1.*"), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit, maxLength: 6 })),
        pattern,
        globs,
        regexes,
        fc.boolean(),
        (tags, pattern, exclude, excludeRegexes, loose) => {
          const mapping = {
            ...mappingOf(semver("*", { pattern, loose, prerelease: true })),
            exclude,
            excludeRegexes,
            latest: 2,
          };
          assert.deepEqual(new Set(judgeTags(tags, mapping).keys()), new Set(tags));
          const { selected } = select(tags, mapping);
          assert.ok(selected.length <= 2 && selected.every(compileSelector(mapping)));
        },
      ),
    );
  });

  test("selects all tags that may be selected, without latest", () => {
    const tag = fc.string({ unit: fc.constantFrom("1", "2", ".", "-", "a", "v"), minLength: 1, maxLength: 8 });
    const match = fc.constantFrom<TagMatch>(glob("*1*"), glob("!v*"), semver(">=1"), semver("1.x", { loose: true }), {
      kind: "regex",
      pattern: "v?[12.]+",
    });
    fc.assert(
      fc.property(fc.array(tag), match, (tags, match) => {
        const mapping = { ...mappingOf(match), exclude: ["*a*"] };
        const expected = new Set(tags.filter(compileSelector(mapping)));
        assert.deepEqual(new Set(select(tags, mapping).selected), expected);
      }),
    );
  });

  for (const [match, problem] of [
    [glob("a**"), /whole path segment/],
    [glob("v*", "a/b"), /no tag has/],
    [{ kind: "regex", pattern: "a)|(b" }, /not a regular expression \(unmatched/],
    [{ kind: "regex", pattern: "(" }, /not a regular expression/],
    [{ kind: "regex", pattern: "\\d".repeat(101) }, /200 characters/],
    [{ kind: "regex", pattern: "(a+)-\\1" }, /has the backreference "\\1", which is not supported/],
    [{ kind: "regex", pattern: "(?:x{0,100}){0,100}" }, /repeats too much/],
    [semver("*", { pattern: "(?<version>\\d)\\k<version>" }), /has the backreference "\\k<version>"/],
    [{ kind: "regex", pattern: "" }, /empty/],
    [semver("newest"), /not a version range/],
    [semver(" "), /empty/],
    [semver(">= 1.9.1-0"), /names a pre-release/],
    [semver("1.0.0 || ^2.0.0-rc.1"), /names a pre-release/],
    [semver("1.0.0-beta - 2.0.0"), /names a pre-release/],
    [semver("<2.0.0-0"), /names a pre-release/],
    [semver("*", { pattern: "stable-(.*)" }), /does not say which part/],
    [semver("*", { pattern: "stable-(?P<version>.*)" }), /not JavaScript's syntax/],
    [semver("*", { pattern: "(?<version>" }), /not a regular expression/],
    [{ kind: "regex", pattern: "[[:digit:]]+" }, /not JavaScript's syntax/],
  ] as const) {
    test(`refuses ${JSON.stringify(match).slice(0, 60)}`, () =>
      assert.match(matchProblem(match)?.problem ?? "", problem));
  }

  test("gives a hint for a pre-release after fewer than three numbers, as in Go's ranges", () => {
    for (const range of [">=1.9-0", "^1-0", "<2-rc.1"])
      assert.match(matchProblem(semver(range))?.hint ?? "", /all three numbers/, range);
    assert.equal(matchProblem(semver("newest"))?.hint, undefined);
  });

  test("accepts valid patterns", () => {
    for (const match of [
      glob("1.2*"),
      semver(">=1.25 <2 || 3.x"),
      semver("^1.2 ~1.3.0 1.2.3 - 2.3.4"),
      semver(">= 1.9.1-0", { prerelease: true }),
      semver("1.2.3+build-0"),
      semver("*", { pattern: "(?:stable|edge)-(?<version>.*)" }),
      { kind: "regex", pattern: "v\\d+" } as const,
    ]) {
      assert.equal(matchProblem(match), undefined);
    }
  });
});

function selected(tags: readonly string[], match: TagMatch): readonly string[] {
  return select(tags, mappingOf(match)).selected;
}

function mappingOf(match: TagMatch): SelectorMapping {
  return { kind: "selector", position: { file: "images.yaml", line: 1, column: 1 }, match, exclude: [] };
}

function glob(...patterns: string[]): TagMatch {
  return { kind: "glob", patterns };
}

function semver(
  range: string,
  options: { loose?: boolean; prerelease?: boolean; pattern?: string } = {},
): Extract<TagMatch, { kind: "semver" }> {
  return { kind: "semver", range, loose: false, prerelease: false, ...options };
}

describe("judgeTags", () => {
  test("returns the first step that drops each tag, and select keeps exactly the other tags", () => {
    const mapping: SelectorMapping = { ...mappingOf(semver(">=1.25")), exclude: ["1.26.*"], latest: 1 };
    const tags = ["1.24.0", "1.25.0", "1.26.1", "1.27.0", "1.28", "1.28.0-rc1", "edge", SIGNATURE];
    const outcomes = judgeTags(tags, mapping);
    assert.deepEqual(Object.fromEntries(outcomes), {
      [SIGNATURE]: { kind: "digest-tag" },
      edge: { kind: "unmatched", mismatch: { kind: "no-version", isLoose: false } },
      "1.24.0": { kind: "unmatched", mismatch: { kind: "outside-range" } },
      "1.25.0": { kind: "beyond-latest", rank: 2, latest: 1 },
      "1.26.1": { kind: "excluded", pattern: "1.26.*" },
      "1.27.0": { kind: "selected" },
      "1.28": { kind: "unmatched", mismatch: { kind: "no-version", isLoose: true } },
      "1.28.0-rc1": { kind: "unmatched", mismatch: { kind: "prerelease" } },
    });
    assert.deepEqual(select(tags, mapping).selected, ["1.27.0"]);
  });
});
