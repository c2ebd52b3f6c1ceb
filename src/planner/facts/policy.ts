import { type Block, type Change, writesBackup } from "../../model/plan.ts";
import { formatRepository, isDigestTag, type TagReference } from "../../model/reference.ts";
import type { ImmutableRule } from "../../model/sync-manifest.ts";
import { compileGlobReason, compileGlobs } from "../../selectors/glob.ts";

/** The rule that makes a tag immutable, and its pattern that matched, for display. */
export type RuleMatch = { readonly rule: ImmutableRule; readonly pattern: string };

/** Returns the first rule that covers a tag. Rules are additive, so one is enough. Digest tags are never covered. */
export type MatchRule = (target: TagReference) => RuleMatch | undefined;

export function compileRules(rules: readonly ImmutableRule[]): MatchRule {
  const compiled = rules.map((rule) => ({
    rule,
    repositories: compileGlobs(rule.repositories),
    tags: rule.tags === undefined ? undefined : compileGlobs(rule.tags),
  }));
  return ({ repository, tag }) => {
    if (isDigestTag(tag)) return undefined;
    const name = formatRepository(repository);
    const found = compiled.find(({ repositories, tags }) => repositories(name) && (tags === undefined || tags(tag)));
    if (found === undefined) return undefined;
    const { rule } = found;
    const [patterns, text] = rule.tags === undefined ? [rule.repositories, name] : [rule.tags, tag];
    return { rule, pattern: compileGlobReason(patterns)(text) };
  };
}

/** Returns the tag of a backup that exists and would be moved. */
export function movedBackup(change: Change): TagReference | undefined {
  const { backup, target } = change;
  const moves = writesBackup(change) && backup !== undefined && backup.observed !== null;
  return moves ? { repository: target.repository, tag: backup.tag } : undefined;
}

/** Blocks an update whose backup must not be written, because the target tag must not move without it. */
export function blockBackup(change: Change, block: Block): Change {
  const note = `it is the backup ${change.backup?.tag} that must not move`;
  return { ...change, action: "blocked", block, notes: [...change.notes, note] };
}

export function blockOf({ rule, pattern }: RuleMatch): Block {
  return { kind: "rule", position: rule.position, pattern };
}
