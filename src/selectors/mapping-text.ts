import type { TagMatch, TagMapping } from "../model/sync-manifest.ts";

/** Formats a mapping in one line. Selectors that could choose different tags have different texts, which are their keys in lock files. */
export function mappingText(mapping: TagMapping): string {
  if (mapping.kind === "literal")
    return [mapping.from.tag, mapping.from.digest].filter((part) => part !== undefined).join("@");
  const { match, exclude, excludeRegexes = [], latest } = mapping;
  return [
    matchText(match),
    ...(exclude.length === 0 ? [] : [`exclude ${JSON.stringify(exclude.join(", "))}`]),
    ...excludeRegexes.map((pattern) => `exclude regex ${JSON.stringify(pattern)}`),
    ...(latest === undefined ? [] : [`latest ${latest}`]),
  ].join(", ");
}

function matchText(match: TagMatch): string {
  if (match.kind === "glob") return `glob ${JSON.stringify(match.patterns.join(", "))}`;
  if (match.kind === "regex") return `regex ${JSON.stringify(match.pattern)}`;
  const { range, loose, prerelease, pattern } = match;
  return [
    `semver ${JSON.stringify(range)}`,
    ...(loose ? ["loose"] : []),
    ...(prerelease ? ["prerelease"] : []),
    ...(pattern === undefined ? [] : [`of ${JSON.stringify(pattern)}`]),
  ].join(", ");
}
