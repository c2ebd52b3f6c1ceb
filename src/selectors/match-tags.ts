import { Range, type SemVer } from "semver";
import type { TagMatch } from "../model/sync-manifest.ts";
import { compileGlobs } from "./glob.ts";
import { rangeProblem, regexProblem } from "./pattern-problem.ts";
import { filterByRegex, findVersions } from "./regex.ts";
import { parseLooseVersion, parseVersion } from "./version.ts";

export type Mismatch =
  | { readonly kind: "pattern" }
  /** `isLoose`: the tag is a version with `loose: true`. */
  | { readonly kind: "no-version"; readonly isLoose: boolean }
  | { readonly kind: "prerelease" }
  | { readonly kind: "outside-range" };

export type Matcher = {
  /** Undefined: the tag matches. */
  readonly mismatchOf: (tag: string) => Mismatch | undefined;
  /** The version by which tags are sorted. */
  readonly versionOf: (tag: string) => SemVer | undefined;
};

/** Compiles for all tags together, so that the time limit of a regular expression covers them all. */
export function compileMatch(match: TagMatch, tags: readonly string[]): Matcher {
  if (match.kind === "semver") return compileRange(match, tags);
  const matches = match.kind === "glob" ? compileGlobs(match.patterns) : compileRegex(match.pattern, tags);
  return { mismatchOf: (tag) => (matches(tag) ? undefined : { kind: "pattern" }), versionOf: parseLooseVersion };
}

/** @throws ImgsyncError LIMIT_EXCEEDED if the pattern takes too long */
export function compileRegex(pattern: string, tags: readonly string[]): (tag: string) => boolean {
  checkRegex(pattern);
  const matching = new Set(filterByRegex(pattern, tags));
  return (tag) => matching.has(tag);
}

type SemverMatch = Extract<TagMatch, { kind: "semver" }>;

function compileRange({ range, loose, prerelease, pattern }: SemverMatch, tags: readonly string[]): Matcher {
  const problem = rangeProblem(range);
  if (problem !== undefined) throw new Error(`not a version range: ${problem.problem}`);
  const wanted = new Range(range, { loose: true, includePrerelease: prerelease });
  const mismatchOf = (text: string): Mismatch | undefined => {
    const version = loose ? parseLooseVersion(text) : parseVersion(text);
    if (version === undefined) return { kind: "no-version", isLoose: parseLooseVersion(text) !== undefined };
    if (!prerelease && version.prerelease.length > 0) return { kind: "prerelease" };
    return wanted.test(version) ? undefined : { kind: "outside-range" };
  };
  if (pattern === undefined) return { mismatchOf, versionOf: parseLooseVersion };
  checkRegex(pattern);
  const versions = findVersions(pattern, tags);
  return {
    mismatchOf: (tag) => {
      const version = versions.get(tag);
      return version === undefined ? { kind: "pattern" } : mismatchOf(version);
    },
    versionOf: (tag) => parseLooseVersion(versions.get(tag) ?? ""),
  };
}

function checkRegex(pattern: string): void {
  const problem = regexProblem(pattern);
  if (problem !== undefined) throw new Error(`not a regular expression: ${problem}`);
}
