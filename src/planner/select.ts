import { Range } from "semver";
import { isDigestTag } from "../model/reference.ts";
import type { SelectorWish, TagMatch } from "../model/sync-manifest.ts";
import { compileGlobs, tagGlobProblem } from "./glob.ts";
import { filterByRegex } from "./regex.ts";
import { sortTags } from "./tag-order.ts";
import { parseLooseVersion, parseVersion } from "./version.ts";

const MAX_REGEX_LENGTH = 200;
const MAX_RANGE_LENGTH = 200;

/** What a selector chose, oldest first, and what was left after each of its steps. */
export type Selection = { readonly selected: readonly string[]; readonly stages: readonly SelectionStage[] };

export type SelectionStage = {
  /** `listed`: all tags but those that stand for a digest. Steps that the selector does not have are left out. */
  readonly step: "listed" | "match" | "exclude" | "latest";
  readonly tags: readonly string[];
};

/** The tags that a selector chooses from those of a repository. Tags that stand for a digest are never among them. */
export function select(tags: readonly string[], { match, exclude, latest }: SelectorWish): Selection {
  const listed = [...new Set(tags)].filter((tag) => !isDigestTag(tag));
  const stages: SelectionStage[] = [{ step: "listed", tags: listed }];
  let left = sortTags(matching(listed, match));
  stages.push({ step: "match", tags: left });
  if (exclude.length > 0) {
    const isExcluded = compileGlobs(exclude);
    left = left.filter((tag) => !isExcluded(tag));
    stages.push({ step: "exclude", tags: left });
  }
  if (latest !== undefined) {
    left = left.slice(Math.max(0, left.length - latest));
    stages.push({ step: "latest", tags: left });
  }
  return { selected: left, stages };
}

/** Whether a selector may choose a tag, as far as that can be told without the other tags: `latest` is not looked at. */
export function maySelect({ match, exclude }: SelectorWish, tag: string): boolean {
  return !isDigestTag(tag) && matching([tag], match).length > 0 && !compileGlobs(exclude)(tag);
}

/** What is wrong with a selector's pattern, in words for its author; undefined where nothing is. */
export function matchProblem(match: TagMatch): string | undefined {
  if (match.kind === "glob") {
    return match.patterns.map(tagGlobProblem).find((problem) => problem !== undefined);
  }
  return match.kind === "regex" ? regexProblem(match.pattern) : rangeProblem(match.range);
}

function matching(tags: readonly string[], match: TagMatch): readonly string[] {
  if (match.kind === "glob") return tags.filter(compileGlobs(match.patterns));
  return match.kind === "regex" ? matchingRegex(tags, match.pattern) : tags.filter(compileRange(match));
}

function matchingRegex(tags: readonly string[], pattern: string): readonly string[] {
  const problem = regexProblem(pattern);
  if (problem !== undefined) throw new Error(`not a regular expression: ${problem}`);
  return filterByRegex(pattern, tags);
}

function regexProblem(pattern: string): string | undefined {
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

function compileRange({ range, loose, prerelease }: Extract<TagMatch, { kind: "semver" }>): (tag: string) => boolean {
  const problem = rangeProblem(range);
  if (problem !== undefined) throw new Error(`not a version range: ${problem}`);
  const wanted = new Range(range, { loose: true, includePrerelease: prerelease });
  return (tag) => {
    const version = loose ? parseLooseVersion(tag) : parseVersion(tag);
    if (version === undefined || (!prerelease && version.prerelease.length > 0)) return false;
    return wanted.test(version);
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
