import { type Block, type Change, writesBackup } from "../../model/plan.ts";
import { formatRepository, isDigestTag, type TagReference } from "../../model/reference.ts";
import type { ImmutableRule } from "../../model/sync-manifest.ts";
import { isNegated, matchesGlob, matchesGlobs } from "../../selectors/glob.ts";

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

/** The tag of a backup that is there and would keep another image than it does. */
export function movedBackup(change: Change): TagReference | undefined {
  const { backup, target } = change;
  const moves = writesBackup(change) && backup !== undefined && backup.observed !== null;
  return moves ? { repository: target.repository, tag: backup.tag } : undefined;
}

/** The update whose backup must not be written: then the tag must not move either. */
export function blockBackup(change: Change, block: Block): Change {
  const note = `it is the backup ${change.backup?.tag} that must not move`;
  return { ...change, action: "blocked", block, notes: [...change.notes, note] };
}

/** Which rule keeps a tag, and by which of its patterns. */
export function blockOf({ rule, pattern }: RuleMatch): Block {
  return { kind: "rule", position: rule.position, pattern };
}

function showMatch(patterns: readonly string[], text: string): string {
  const positive = patterns.find((pattern) => !isNegated(pattern) && matchesGlob(pattern, text));
  return positive ?? patterns.join(", ");
}
