import { ATTACHMENT_SUFFIXES, digestTag } from "../../model/attachment.ts";
import type { Digest } from "../../model/digest.ts";
import { isIndexType, type ManifestContent } from "../../model/manifest.ts";
import type { Change } from "../../model/plan.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import { isUnlisted, known, type Place } from "./find-attachments.ts";

/**
 * Whether a source repository has tags for digests that none of the changes reads. They may stand for platforms of an index,
 * or for images that nobody wishes.
 */
export type HasUnrelatedTags = (place: Place) => boolean;

/** Computed once for all changes, since each one's own tags are no strangers to the others. */
export function createUnrelatedTags(changes: readonly Change[]): HasUnrelatedTags {
  const own = new Map<string, Set<string>>();
  for (const { source, sourceDigest } of changes) {
    if (source.kind !== "registry" || sourceDigest === undefined) continue;
    const key = formatRepository(source.reference.repository);
    own.set(key, (own.get(key) ?? new Set()).add(digestTag(sourceDigest)));
  }
  const answers = new Map<string, boolean>();
  return (place) => {
    const key = formatRepository(place.repository);
    const tags = place.facts.digestTags(place.repository);
    const names = tags === undefined || isUnlisted(tags) ? undefined : known(tags, place);
    const answer =
      answers.get(key) ?? [...(names ?? [])].some((tag) => own.get(key)?.has(tag.split(".", 1)[0] ?? "") !== true);
    if (tags !== undefined) answers.set(key, answer);
    return answer;
  };
}

export type LaterPlatforms = {
  readonly at: Place;
  /** The index itself lacks something at the target, as after a signing of all that is in it. */
  readonly isLacking: boolean;
  readonly hasUnrelatedTags: HasUnrelatedTags;
  readonly childrenIn: (content: ManifestContent) => readonly Digest[];
};

/**
 * The platforms of an index in place that may have been signed since: those that have a tag at the source, and all of them
 * where the index itself was signed. Its manifest is read only where there is such a sign. Undefined where facts are missing.
 */
export function findLaterPlatforms(change: Change, options: LaterPlatforms): readonly Digest[] | undefined {
  const { at, isLacking, hasUnrelatedTags, childrenIn } = options;
  const { sourceDigest } = change;
  if (sourceDigest === undefined || !(isLacking || hasUnrelatedTags(at)) || !mayBeIndex(change, at)) return [];
  const answer = at.facts.readManifest({ repository: at.repository, digest: sourceDigest });
  if (answer === undefined) return undefined;
  const children = answer.kind === "found" ? childrenIn(answer.value) : [];
  return isLacking ? children : children.filter((child) => hasTag(child, at));
}

/** What the target has is the same image, and the look at it told its type where it was a look and not a list. */
function mayBeIndex({ target }: Change, { facts }: Place): boolean {
  const answer = facts.resolve(target, "target");
  const type = answer?.kind === "found" ? answer.value.mediaType : undefined;
  return type === undefined || type === "" || isIndexType(type);
}

function hasTag(digest: Digest, place: Place & { readonly repository: Repository }): boolean {
  const tags = place.facts.digestTags(place.repository);
  const names = tags === undefined || isUnlisted(tags) ? undefined : known(tags, place);
  return (
    names !== undefined && (["", ...ATTACHMENT_SUFFIXES] as const).some((end) => names.has(digestTag(digest, end)))
  );
}
