import type { Change } from "../model/plan.ts";
import { formatRepository, isDigestTag, type TagReference } from "../model/reference.ts";
import type { ImmutableRule } from "../model/sync-manifest.ts";
import { isNegated, matchesGlob, matchesGlobs } from "./glob.ts";

/** The rule that makes a tag immutable, and the pattern of it that matched, for people. */
export type RuleMatch = { readonly rule: ImmutableRule; readonly pattern: string };

/** The first rule that covers a tag. Rules only add up, so one is enough; tags that stand for a digest are never covered. */
export function matchRule(rules: readonly ImmutableRule[], target: TagReference): RuleMatch | undefined {
  const { repository, tag } = target;
  if (isDigestTag(tag)) return undefined;
  const name = formatRepository(repository);
  const rule = rules.find(
    ({ repositories, tags }) => matchesGlobs(repositories, name) && (tags === undefined || matchesGlobs(tags, tag)),
  );
  if (rule === undefined) return undefined;
  const pattern = rule.tags === undefined ? showMatch(rule.repositories, name) : showMatch(rule.tags, tag);
  return { rule, pattern };
}

/** Blocks what would move or remove a tag that a rule covers. A tag that is not there yet may be created. */
export function applyRules(rules: readonly ImmutableRule[], change: Change): Change {
  if (change.action !== "update" && change.action !== "delete") return change;
  const match = matchRule(rules, change.target);
  if (match === undefined) return change;
  const block = { kind: "rule", position: match.rule.position, pattern: match.pattern } as const;
  return { ...change, action: "blocked", block };
}

function showMatch(patterns: readonly string[], text: string): string {
  const positive = patterns.find((pattern) => !isNegated(pattern) && matchesGlob(pattern, text));
  return positive ?? patterns.join(", ");
}
