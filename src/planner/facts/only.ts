import { hasLayoutScheme } from "../../model/layout-name.ts";
import { formatReference, formatRepository, type Repository, type TagReference } from "../../model/reference.ts";
import { compileGlobs, isNegated } from "../../selectors/glob.ts";

/** The filter of `--only`: globs over `host/repository:tag` of targets. */
export type Only = {
  readonly matches: (target: TagReference) => boolean;
  /** Whether any tag of a repository could match, for questions that are asked before its tags are known. */
  readonly mayMatch: (repository: Repository) => boolean;
};

/** Undefined patterns match everything. The patterns must have passed `globProblem`. */
export function compileOnly(patterns: readonly string[] | undefined): Only {
  if (patterns === undefined) return { matches: () => true, mayMatch: () => true };
  const matches = compileGlobs(patterns);
  const positive = patterns.filter((pattern) => !isNegated(pattern)).flatMap(withoutTag);
  const mayMatch = positive.length === 0 ? () => true : compileGlobs(positive);
  return {
    matches: (target) => matches(formatReference(target)),
    mayMatch: (repository) => mayMatch(formatRepository(repository)),
  };
}

/**
 * Whether the filter may match any repository below a prefix (`host/path`), for lists that are read before the repositories are known.
 * Compares the literal parts of the patterns, and is true in all other cases.
 */
export function mayMatchBelow(patterns: readonly string[] | undefined, prefix: string): boolean {
  const positive = (patterns ?? []).filter((pattern) => !isNegated(pattern));
  if (positive.length === 0 || hasLayoutScheme(prefix)) return true;
  const names = prefix.split("/");
  return positive.some((pattern) => {
    const parts = pattern.split("/");
    const anywhere = parts.indexOf("**");
    const compared = anywhere < 0 ? parts : parts.slice(0, anywhere);
    return names.every((name, at) => {
      const part = compared[at];
      if (part === undefined || /[*?]/.test(part) || part === name) return true;
      // the last part may end with a tag or digest; the first is the host, with its port
      return at > 0 && at === compared.length - 1 && (part.startsWith(`${name}:`) || part.startsWith(`${name}@`));
    });
  });
}

/** Reduces a pattern to the repository. A wildcard in the last part may also match the tag or digest, with what stands before it. */
function withoutTag(pattern: string): readonly string[] {
  if (pattern === "**") return [pattern];
  if (pattern.endsWith("/**")) return [pattern, ...withoutTag(pattern.slice(0, -"/**".length))];
  const last = pattern.lastIndexOf("/") + 1;
  const part = pattern.slice(last);
  const scheme = hasLayoutScheme(part) ? "oci:".length : 0;
  const name = part.slice(scheme).search(/[:@]/);
  const wildcard = part.search(/[*?]/);
  const repositories = [
    ...(scheme + name > 0 && name >= 0 ? [pattern.slice(0, last + scheme + name)] : []),
    ...(wildcard >= 0 && (name < 0 || wildcard < scheme + name) ? [`${pattern.slice(0, last + wildcard)}*`] : []),
  ];
  return repositories.length === 0 ? [pattern] : repositories;
}
