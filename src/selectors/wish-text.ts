import type { TagMatch, TagWish } from "../model/sync-manifest.ts";

/** A wish in one line. Selectors that could choose differently have different texts, so locks know them by it. */
export function wishText(wish: TagWish): string {
  if (wish.kind === "literal") return [wish.from.tag, wish.from.digest].filter((part) => part !== undefined).join("@");
  const { match, exclude, excludeRegexes = [], latest } = wish;
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
