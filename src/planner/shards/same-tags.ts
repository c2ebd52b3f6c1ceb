import { digestTag } from "../../model/attachment.ts";
import { attachmentPlaces, type Change } from "../../model/plan.ts";
import { formatReference, formatRepository } from "../../model/reference.ts";
import { placeOf } from "../../model/shard.ts";

/**
 * Groups target repositories whose changes write the same tags: `referrers.target` may be one repository for many images, and the tags in it
 * are made of the digests of images. Two machines that add to the same list of referrers at the same time could lose an entry, and no
 * registry offers a conditional write. Returns a name for the group of each repository; none for a group of one.
 */
export function groupBySameTags(changes: readonly Change[]): ReadonlyMap<string, string> {
  // all other tags are in the repository of their change
  const shared = new Set(
    changes.flatMap(({ referrersAt }) => (referrersAt?.target ? [formatRepository(referrersAt.target)] : [])),
  );
  const groups = new Map<string, string>();
  const groupOf = (name: string): string => {
    let group = name;
    for (let next = groups.get(group); next !== undefined; next = groups.get(group)) group = next;
    if (group !== name) groups.set(name, group);
    return group;
  };
  if (shared.size === 0) return groups;
  const writers = new Map<string, string>();
  for (const change of changes)
    for (const tag of tagsIn(shared, change)) {
      const own = groupOf(placeOf(change));
      const other = groupOf(writers.get(tag) ?? own);
      writers.set(tag, other);
      if (own !== other) groups.set(own, other);
    }
  return new Map([...groups.keys()].map((name) => [name, groupOf(name)]));
}

/** The tags of these repositories that a change may write. */
function tagsIn(repositories: ReadonlySet<string>, change: Change): readonly string[] {
  const own = repositories.has(placeOf(change)) ? [formatReference(change.target)] : [];
  const repository = attachmentPlaces(change)?.target;
  if (repository === undefined || !repositories.has(formatRepository(repository))) return own;
  const tags = (change.attachments ?? []).map(({ subject, tag = digestTag(subject) }) =>
    formatReference({ repository, tag }),
  );
  return [...own, ...tags];
}
