import { Range, type SemVer } from "semver";
import type { TagMatch } from "../model/sync-manifest.ts";
import type { TagMismatch } from "../model/tag-explanation.ts";
import { compileGlobs } from "./glob.ts";
import { rangeProblem } from "./pattern-problem.ts";
import { compileRegex } from "./regex.ts";
import { parseLooseVersion, parseVersion } from "./version.ts";

export type Matcher = {
  /** Undefined: the tag matches. */
  readonly mismatchOf: (tag: string) => TagMismatch | undefined;
  /** The version by which tags are sorted. */
  readonly versionOf: (tag: string) => SemVer | undefined;
};

/** Compiles a selector's pattern for many tags. The pattern must have passed `matchProblem`. */
export function compileMatch(match: TagMatch): Matcher {
  if (match.kind === "semver") return compileRange(match);
  const matches = match.kind === "glob" ? compileGlobs(match.patterns) : compileRegex(match.pattern).matches;
  return { mismatchOf: (tag) => (matches(tag) ? undefined : { kind: "pattern" }), versionOf: parseLooseVersion };
}

function compileRange({ range, loose, prerelease, pattern }: Extract<TagMatch, { kind: "semver" }>): Matcher {
  const problem = rangeProblem(range);
  if (problem !== undefined) throw new Error(`not a version range: ${problem.problem}`);
  const wanted = new Range(range, { loose: true, includePrerelease: prerelease });
  const mismatchOf = (text: string): TagMismatch | undefined => {
    const version = loose ? parseLooseVersion(text) : parseVersion(text);
    if (version === undefined) return { kind: "no-version", isLoose: parseLooseVersion(text) !== undefined };
    if (!prerelease && version.prerelease.length > 0) return { kind: "prerelease" };
    return wanted.test(version) ? undefined : { kind: "outside-range" };
  };
  if (pattern === undefined) return { mismatchOf, versionOf: parseLooseVersion };
  const { find } = compileRegex(pattern);
  return {
    mismatchOf: (tag) => {
      const found = find(tag);
      return found === undefined ? { kind: "pattern" } : mismatchOf(found.captured ?? "");
    },
    versionOf: (tag) => parseLooseVersion(find(tag)?.captured ?? ""),
  };
}
