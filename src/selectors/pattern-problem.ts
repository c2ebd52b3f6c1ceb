import { Range } from "semver";
import type { ReferenceProblem } from "../model/reference.ts";
import type { TagMatch } from "../model/sync-manifest.ts";
import { findForeignSyntax } from "./foreign-regex.ts";
import { tagGlobProblem } from "./glob.ts";
import { MAX_REGEX_LENGTH, regexProblem, versionRegexProblem } from "./regex.ts";

const MAX_RANGE_LENGTH = 200;

/** `key` is the part of the selector with the problem. */
export type MatchProblem = ReferenceProblem & { readonly key: "glob" | "regex" | "semver" | "pattern" };

/** Returns why a selector's pattern is not valid, for its author; undefined if it is valid. */
export function matchProblem(match: TagMatch): MatchProblem | undefined {
  if (match.kind === "glob") {
    const problem = match.patterns.map(tagGlobProblem).find((one) => one !== undefined);
    return problem === undefined ? undefined : { key: "glob", problem };
  }
  if (match.kind === "regex") return keyed("regex", tagRegexProblem(match.pattern));
  const inPattern = match.pattern === undefined ? undefined : versionPatternProblem(match.pattern);
  return keyed("semver", rangeProblem(match.range) ?? prereleaseProblem(match)) ?? keyed("pattern", inPattern);
}

/** Returns why a regular expression over tags is not valid. Also refuses foreign syntax that JavaScript would read differently. */
export function tagRegexProblem(pattern: string): ReferenceProblem | undefined {
  return foreignProblem(pattern) ?? regexProblem(pattern);
}

function foreignProblem(pattern: string): ReferenceProblem | undefined {
  const foreign = pattern.length > MAX_REGEX_LENGTH ? undefined : findForeignSyntax(pattern);
  if (foreign === undefined) return undefined;
  const { constructs, translation } = foreign;
  return {
    problem: `"${pattern}" has ${constructs.map((one) => `"${one}"`).join(", ")}, which is not JavaScript's syntax for regular expressions`,
    hint:
      translation === undefined
        ? "write it in JavaScript's syntax (flag u), without what only Go, PCRE or POSIX have"
        : `write "${translation}"`,
  };
}

/** `1.9-0`, which Go's version ranges allow. */
const SHORT_PRERELEASE = /(?:^|[\s<>=~^|v])\d+(?:\.\d+)?-[0-9A-Za-z]/;

export function rangeProblem(range: string): ReferenceProblem | undefined {
  if (range.trim() === "") return { problem: 'the version range is empty; all versions are "*"' };
  if (range.length > MAX_RANGE_LENGTH) {
    return { problem: `the version range has more than ${MAX_RANGE_LENGTH} characters` };
  }
  try {
    void new Range(range, { loose: true });
    return undefined;
  } catch {
    const problem = `"${range}" is not a version range, such as ">=1.25 <2" or "1.x"`;
    return SHORT_PRERELEASE.test(range)
      ? { problem, hint: "write all three numbers before a pre-release, as in >=1.9.0-0, and add prerelease: true" }
      : { problem };
  }
}

/** Without `prerelease` no pre-release matches, so a range that names one would never match it. */
function prereleaseProblem({ range, prerelease }: Extract<TagMatch, { kind: "semver" }>): ReferenceProblem | undefined {
  if (prerelease) return undefined;
  const comparators = new Range(range, { loose: true }).set.flat();
  // the upper bound of "^1.2" is <2.0.0-0: a zero counts only if it was written
  const named = comparators.some(({ semver }) => semver.prerelease?.length > 0 && semver.prerelease.join(".") !== "0");
  if (!named && !/\d-0(?![0-9A-Za-z.-])/.test(range)) return undefined;
  return {
    problem: `"${range}" names a pre-release, and without prerelease: true no pre-release matches`,
    hint: "add prerelease: true, or leave the pre-release out of the range",
  };
}

function versionPatternProblem(pattern: string): ReferenceProblem | undefined {
  return foreignProblem(pattern) ?? versionRegexProblem(pattern);
}

function keyed(key: MatchProblem["key"], problem: ReferenceProblem | undefined): MatchProblem | undefined {
  return problem === undefined ? undefined : { key, ...problem };
}
