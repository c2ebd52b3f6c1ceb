import type { Answer } from "../../model/answer.ts";
import { type Change, isMoving, writesBackup } from "../../model/plan.ts";
import { formatRepository, isDigestTag, type Repository } from "../../model/reference.ts";
import { isImmutable, type TagPolicy } from "../../model/tag-policy.ts";
import { blockBackup, movedBackup } from "../facts/policy.ts";
import { withNote } from "./note.ts";
import type { Rule } from "./rule.ts";

/** Blocks moving or deleting a tag that its registry keeps immutable. Absent tags may be created. */
export const hostImmutability: Rule = ({ facts, changes, options: { hasProductApi = () => false } }) => {
  const written = writtenTags(changes);
  return (change) => {
    const { repository, tag } = change.target;
    if (!isMoving(change) || isDigestTag(tag) || !hasProductApi(repository.host)) return change;
    const answer = facts.tagPolicy(repository, written.get(formatRepository(repository)) ?? []);
    return answer && applyPolicy(change, policyOf(answer, repository));
  };
};

function applyPolicy(change: Change, policy: TagPolicy | undefined): Change {
  if (policy === undefined || (change.action !== "update" && change.action !== "delete")) return change;
  const { by, reason = "its tags are immutable", unknown } = policy;
  if (isImmutable(policy, change.target.tag)) {
    const { backup: _, ...rest } = change;
    return { ...rest, action: "blocked", block: { kind: "registry", host: by, message: reason } };
  }
  const moved = movedBackup(change);
  if (moved !== undefined && isImmutable(policy, moved.tag))
    return blockBackup(change, { kind: "registry", host: by, message: reason });
  return unknown === undefined
    ? change
    : withNote(change, `could not determine whether the tag is immutable: ${unknown}`);
}

/** Collects all written tags, so that a registry is asked once per repository. */
function writtenTags(changes: readonly (Change | undefined)[]): ReadonlyMap<string, readonly string[]> {
  const written = new Map<string, string[]>();
  for (const change of changes) {
    if (change === undefined || !isMoving(change) || isDigestTag(change.target.tag)) continue;
    const { repository, tag } = change.target;
    const key = formatRepository(repository);
    const tags = written.get(key) ?? [];
    written.set(key, tags);
    tags.push(tag, ...(change.backup !== undefined && writesBackup(change) ? [change.backup.tag] : []));
  }
  return written;
}

function policyOf(answer: Answer<TagPolicy>, { host }: Repository): TagPolicy | undefined {
  if (answer.kind === "failed") return { by: host, immutable: [], unknown: answer.error.message };
  return answer.kind === "found" ? answer.value : undefined;
}
