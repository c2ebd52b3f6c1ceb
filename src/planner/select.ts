import { Range } from "semver";
import { isDigestTag } from "../model/reference.ts";
import type { SelectorWish, TagMatch } from "../model/sync-manifest.ts";
import { compileGlobs, isNegated, matchesGlob, tagGlobProblem } from "./glob.ts";
import { filterByRegex } from "./regex.ts";
import { sortTags } from "./tag-order.ts";
import { parseLooseVersion, parseVersion } from "./version.ts";

const MAX_REGEX_LENGTH = 200;
const MAX_RANGE_LENGTH = 200;

/** What a selector chose, oldest first, and what was left after each of its steps. */
export type Selection = {
  readonly selected: readonly string[];
  /** With those that would have been chosen, were they not too young. */
  readonly shown: readonly string[];
  readonly stages: readonly SelectionStage[];
};

/** Whether a tag is too young to count among the newest; undefined while nobody knows, which counts as no. */
export type IsYoung = (tag: string) => boolean | undefined;

export type SelectionStage = {
  /** `listed`: all tags but those that stand for a digest. Steps that the selector does not have are left out. */
  readonly step: "listed" | "match" | "exclude" | "age" | "latest";
  readonly tags: readonly string[];
};

/** Why a selector keeps or drops one tag: the first of its steps that drops it decides. */
export type TagOutcome =
  | { readonly kind: "selected" }
  /** It stands for a digest, and no selector ever takes one. */
  | { readonly kind: "digest-tag" }
  | { readonly kind: "unmatched"; readonly mismatch: Mismatch }
  | { readonly kind: "excluded"; readonly pattern: string }
  /** Younger than `minAge`, where the newest ones are counted without it. */
  | { readonly kind: "too-young" }
  /** `rank` counts from the newest that is old enough, beginning with 1. */
  | { readonly kind: "beyond-latest"; readonly rank: number; readonly latest: number };

export type Mismatch =
  | { readonly kind: "pattern" }
  /** `isLoose`: it would be a version with `loose: true`. */
  | { readonly kind: "no-version"; readonly isLoose: boolean }
  | { readonly kind: "prerelease" }
  | { readonly kind: "outside-range" };

/**
 * What a selector makes of each tag of a repository, oldest first. All that selects, and all that explains, comes from here.
 * Ages are asked about from the newest on, and only until enough are old enough.
 */
export function judgeTags(
  tags: readonly string[],
  wish: SelectorWish,
  isYoung: IsYoung = () => false,
): ReadonlyMap<string, TagOutcome> {
  const judge = compileJudge(wish, tags);
  const outcomes = new Map(sortTags(new Set(tags)).map((tag): [string, TagOutcome] => [tag, judge(tag)]));
  const { latest } = wish;
  if (latest === undefined) return outcomes;
  const newestFirst = [...outcomes].filter(([, { kind }]) => kind === "selected").toReversed();
  let rank = 1;
  for (const [tag] of newestFirst) {
    if (rank <= latest && isYoung(tag) === true) {
      outcomes.set(tag, { kind: "too-young" });
      continue;
    }
    if (rank > latest) outcomes.set(tag, { kind: "beyond-latest", rank, latest });
    rank += 1;
  }
  return outcomes;
}

/** The tags that a selector chooses from those of a repository. Tags that stand for a digest are never among them. */
export function select(tags: readonly string[], wish: SelectorWish, isYoung?: IsYoung): Selection {
  const outcomes = judgeTags(tags, wish, isYoung);
  const without = (...dropped: readonly TagOutcome["kind"][]): readonly string[] =>
    [...outcomes].filter(([, { kind }]) => !dropped.includes(kind)).map(([tag]) => tag);
  const stages: SelectionStage[] = [
    { step: "listed", tags: without("digest-tag") },
    { step: "match", tags: without("digest-tag", "unmatched") },
  ];
  if (wish.exclude.length > 0) {
    stages.push({ step: "exclude", tags: without("digest-tag", "unmatched", "excluded") });
  }
  if (isYoung !== undefined) {
    stages.push({ step: "age", tags: without("digest-tag", "unmatched", "excluded", "too-young") });
  }
  const shown = without("digest-tag", "unmatched", "excluded", "beyond-latest");
  const selected = shown.filter((tag) => outcomes.get(tag)?.kind !== "too-young");
  if (wish.latest !== undefined) stages.push({ step: "latest", tags: selected });
  return { selected, shown, stages };
}

/** Whether a selector may choose a tag, as far as that can be told without the other tags: `latest` is not looked at. */
export function maySelect(wish: SelectorWish, tag: string): boolean {
  return compileJudge(wish, [tag])(tag).kind === "selected";
}

/** All steps but `latest`, for these tags. */
function compileJudge({ match, exclude }: SelectorWish, tags: readonly string[]): (tag: string) => TagOutcome {
  const mismatchOf = compileMatch(
    match,
    tags.filter((tag) => !isDigestTag(tag)),
  );
  const isExcluded = compileGlobs(exclude);
  return (tag) => {
    if (isDigestTag(tag)) return { kind: "digest-tag" };
    const mismatch = mismatchOf(tag);
    if (mismatch !== undefined) return { kind: "unmatched", mismatch };
    return isExcluded(tag) ? { kind: "excluded", pattern: excludingPattern(exclude, tag) } : { kind: "selected" };
  };
}

function excludingPattern(exclude: readonly string[], tag: string): string {
  return exclude.find((pattern) => !isNegated(pattern) && matchesGlob(pattern, tag)) ?? exclude.join(", ");
}

/** What is wrong with a selector's pattern, in words for its author; undefined where nothing is. */
export function matchProblem(match: TagMatch): string | undefined {
  if (match.kind === "glob") {
    return match.patterns.map(tagGlobProblem).find((problem) => problem !== undefined);
  }
  return match.kind === "regex" ? regexProblem(match.pattern) : rangeProblem(match.range);
}

function compileMatch(match: TagMatch, tags: readonly string[]): (tag: string) => Mismatch | undefined {
  if (match.kind === "semver") return compileRange(match);
  const matches = match.kind === "glob" ? compileGlobs(match.patterns) : compileRegex(match.pattern, tags);
  return (tag) => (matches(tag) ? undefined : { kind: "pattern" });
}

/** All tags at once: what a hostile pattern may cost is counted for them together. */
function compileRegex(pattern: string, tags: readonly string[]): (tag: string) => boolean {
  const problem = regexProblem(pattern);
  if (problem !== undefined) throw new Error(`not a regular expression: ${problem}`);
  const matching = new Set(filterByRegex(pattern, tags));
  return (tag) => matching.has(tag);
}

/** What is wrong with a regular expression, in words for its author. */
export function regexProblem(pattern: string): string | undefined {
  if (pattern === "") return "the regular expression is empty";
  if (pattern.length > MAX_REGEX_LENGTH) return `the regular expression has more than ${MAX_REGEX_LENGTH} characters`;
  try {
    // alone first: "a)|(b" is an error, and must not become one that is anchored at one end only
    void new RegExp(pattern, "u");
    void new RegExp(`^(?:${pattern})$`, "u");
    return undefined;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return `"${pattern}" is not a regular expression (${reasonOf(cause)})`;
  }
}

/** Engines put the pattern itself in front of the reason. */
function reasonOf({ message }: SyntaxError): string {
  return message
    .slice(message.lastIndexOf(": ") + 1)
    .trim()
    .toLowerCase();
}

function compileRange({
  range,
  loose,
  prerelease,
}: Extract<TagMatch, { kind: "semver" }>): (tag: string) => Mismatch | undefined {
  const problem = rangeProblem(range);
  if (problem !== undefined) throw new Error(`not a version range: ${problem}`);
  const wanted = new Range(range, { loose: true, includePrerelease: prerelease });
  return (tag) => {
    const version = loose ? parseLooseVersion(tag) : parseVersion(tag);
    if (version === undefined) return { kind: "no-version", isLoose: parseLooseVersion(tag) !== undefined };
    if (!prerelease && version.prerelease.length > 0) return { kind: "prerelease" };
    return wanted.test(version) ? undefined : { kind: "outside-range" };
  };
}

function rangeProblem(range: string): string | undefined {
  if (range.trim() === "") return 'the version range is empty; all versions are "*"';
  if (range.length > MAX_RANGE_LENGTH) return `the version range has more than ${MAX_RANGE_LENGTH} characters`;
  try {
    void new Range(range, { loose: true });
    return undefined;
  } catch {
    return `"${range}" is not a version range, such as ">=1.25 <2" or "1.x"`;
  }
}
