import { isDigestTag } from "../model/reference.ts";
import type { SelectorMapping } from "../model/sync-manifest.ts";
import type { TagOutcome } from "../model/tag-explanation.ts";
import { compileGlobs, compileGlobReason, isNegated } from "./glob.ts";
import { compileMatch, type Matcher } from "./match-tags.ts";
import { compileRegex } from "./regex.ts";
import { sortTags } from "./tag-order.ts";

/** The tags that a selector chose, oldest first, and those that remained after each step. */
export type Selection = {
  readonly selected: readonly string[];
  /** Includes tags that are only too young. */
  readonly shown: readonly string[];
  readonly stages: readonly SelectionStage[];
};

/** Whether a tag is too young to count among the newest. Undefined: unknown, which counts as no. */
export type IsTooYoung = (tag: string) => boolean | undefined;

export type SelectionStage = {
  /** `listed`: all tags except digest tags. Steps that the selector does not have are left out. */
  readonly step: "listed" | "match" | "exclude" | "age" | "latest";
  readonly tags: readonly string[];
};

/**
 * Returns the outcome of each tag of a repository, oldest first. Selecting and explaining share this function. Ages are asked for from the
 * newest tag on, and only until enough tags are old enough.
 */
export function judgeTags(
  tags: readonly string[],
  mapping: SelectorMapping,
  isTooYoung: IsTooYoung = () => false,
): ReadonlyMap<string, TagOutcome> {
  const { judge, versionOf } = compileJudge(mapping);
  const outcomes = new Map(sortTags(new Set(tags), versionOf).map((tag): [string, TagOutcome] => [tag, judge(tag)]));
  const { latest } = mapping;
  if (latest === undefined) return outcomes;
  const newestFirst = [...outcomes].filter(([, { kind }]) => kind === "selected").toReversed();
  let rank = 1;
  for (const [tag] of newestFirst) {
    if (rank <= latest && isTooYoung(tag) === true) {
      outcomes.set(tag, { kind: "too-young" });
      continue;
    }
    if (rank > latest) outcomes.set(tag, { kind: "beyond-latest", rank, latest });
    rank += 1;
  }
  return outcomes;
}

/** Returns the tags that a selector chooses from those of a repository. Digest tags are never chosen. */
export function select(tags: readonly string[], mapping: SelectorMapping, isTooYoung?: IsTooYoung): Selection {
  const outcomes = judgeTags(tags, mapping, isTooYoung);
  const without = (...dropped: readonly TagOutcome["kind"][]): readonly string[] =>
    [...outcomes].filter(([, { kind }]) => !dropped.includes(kind)).map(([tag]) => tag);
  const stages: SelectionStage[] = [
    { step: "listed", tags: without("digest-tag") },
    { step: "match", tags: without("digest-tag", "unmatched") },
  ];
  if (mapping.exclude.length + (mapping.excludeRegexes ?? []).length > 0) {
    stages.push({ step: "exclude", tags: without("digest-tag", "unmatched", "excluded") });
  }
  if (isTooYoung !== undefined) {
    stages.push({ step: "age", tags: without("digest-tag", "unmatched", "excluded", "too-young") });
  }
  const shown = without("digest-tag", "unmatched", "excluded", "beyond-latest");
  const selected = shown.filter((tag) => outcomes.get(tag)?.kind !== "too-young");
  if (mapping.latest !== undefined) stages.push({ step: "latest", tags: selected });
  return { selected, shown, stages };
}

/** Returns a test for the tags that a selector may choose, regardless of the other tags: `latest` is ignored. */
export function compileSelector(mapping: SelectorMapping): (tag: string) => boolean {
  const { judge } = compileJudge(mapping);
  return (tag) => judge(tag).kind === "selected";
}

/** Whether a selector may choose a tag. */
export type MaySelect = (mapping: SelectorMapping, tag: string) => boolean;

/** Creates a test like {@link compileSelector} for many selectors, each of which is compiled once. */
export function createMaySelect(): MaySelect {
  const compiled = new Map<SelectorMapping, (tag: string) => boolean>();
  return (mapping, tag) => {
    const isSelected = compiled.get(mapping) ?? compileSelector(mapping);
    compiled.set(mapping, isSelected);
    return isSelected(tag);
  };
}

type Judge = Pick<Matcher, "versionOf"> & { readonly judge: (tag: string) => TagOutcome };

/** Compiles all steps but `latest`. */
function compileJudge(mapping: SelectorMapping): Judge {
  const { mismatchOf, versionOf } = compileMatch(mapping.match);
  const exclusionOf = compileExclude(mapping);
  const judge = (tag: string): TagOutcome => {
    if (isDigestTag(tag)) return { kind: "digest-tag" };
    const mismatch = mismatchOf(tag);
    if (mismatch !== undefined) return { kind: "unmatched", mismatch };
    const pattern = exclusionOf(tag);
    return pattern === undefined ? { kind: "selected" } : { kind: "excluded", pattern };
  };
  return { judge, versionOf };
}

/** Returns the pattern that excludes a tag, if any. A regular expression counts as a positive pattern; a `!` glob re-includes tags. */
function compileExclude({ exclude, excludeRegexes = [] }: SelectorMapping): (tag: string) => string | undefined {
  const isExcluded = compileGlobs(exclude);
  const reasonFor = compileGlobReason(exclude);
  const isKept = compileGlobs(exclude.filter(isNegated).map((pattern) => pattern.slice(1)));
  const hasPositive = exclude.some((pattern) => !isNegated(pattern));
  const regexes = excludeRegexes.map((pattern) => ({ pattern, matches: compileRegex(pattern).matches }));
  return (tag) => {
    const found = regexes.find(({ matches }) => matches(tag));
    if (found !== undefined) return isKept(tag) ? undefined : found.pattern;
    // with regular expressions, ! patterns alone do not exclude all other tags
    if (regexes.length > 0 && !hasPositive) return undefined;
    return isExcluded(tag) ? reasonFor(tag) : undefined;
  };
}
