import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { VersionLibrary } from "../../src/foreign/items/foreign-file.ts";
import { compileGoRegex, wholePattern } from "../../src/foreign/selection/go-regex.ts";
import { compileRange } from "../../src/foreign/versions/table.ts";
import { compileMatch } from "../../src/selectors/match-tags.ts";
import { compileRegex } from "../../src/selectors/regex.ts";

type Case = { readonly range: string; readonly error?: true; readonly tags: readonly string[] };
type Answers = { readonly tags: readonly string[] } & Readonly<Record<VersionLibrary | "regexes", readonly Case[]>>;

/** What the real libraries answered. */
const answers: Answers = JSON.parse(readFileSync(new URL("go-answers.json", import.meta.url), "utf8"));

const LIBRARIES = ["masterminds", "regsync", "blang"] as const;

describe("the version ranges of other tools", () => {
  for (const library of LIBRARIES) {
    it(`select what the real library selects: ${library}`, () => {
      let compared = 0;
      for (const { range, error, tags } of answers[library]) {
        const compiled = compileRange(library, range);
        if ("problem" in compiled) {
          // a range with != and a short version next to a pre-release is refused, because it has no equivalent
          assert.ok(error === true || /!=/.test(range), `${range}: ${compiled.problem}`);
          continue;
        }
        assert.equal(error, undefined, `${range} is refused by the library`);
        assert.deepEqual(answers.tags.filter(compiled.matches), tags, range);
        compared += 1;
      }
      assert.ok(compared > 40, `${compared} ranges`);
    });

    it(`become ranges of images.yaml that select the same: ${library}`, () => {
      for (const { range, tags } of answers[library]) {
        const compiled = compileRange(library, range);
        if ("problem" in compiled || compiled.ours === undefined) continue;
        const tests = compiled.ours.map((one) => compileMatch({ kind: "semver", loose: true, ...one }).mismatchOf);
        const selected = answers.tags.filter((tag) => tests.some((mismatchOf) => mismatchOf(tag) === undefined));
        assert.deepEqual(selected.filter(isUsual), tags.filter(isUsual), range);
      }
    });
  }
});

describe("the regular expressions of other tools", () => {
  it("match what Go's regexp matches", () => {
    for (const { range, tags } of answers.regexes) {
      const matches = compileGoRegex({ text: range });
      assert.ok(matches, range);
      assert.deepEqual(answers.tags.filter(matches), tags, range);
    }
  });

  it("become expressions for the whole tag that match the same", () => {
    for (const { range, tags } of answers.regexes) {
      const whole = wholePattern({ text: range });
      assert.ok(whole, range);
      const matches = whole.pattern === "" ? () => false : compileRegex(whole.pattern).matches;
      assert.deepEqual(answers.tags.filter(matches), tags, `${range} as ${whole.pattern}`);
    }
  });
});

/** Versions that the libraries and semver read differently: --check shows them. */
function isUsual(tag: string): boolean {
  return !/-0\d|\.\d+\.\d+\.\d|_|-$|rc\d|^\d{16}|^1\.2-rc1|3\.1-alpine|^1\.2\.3-$/.test(tag);
}
