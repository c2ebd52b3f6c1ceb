import { ATTACHMENT_SUFFIXES, digestTag } from "../../model/attachment.ts";
import type { Digest } from "../../model/digest.ts";
import { isIndexType, type ManifestContent } from "../../model/manifest.ts";
import { attachmentPlaces, type Change } from "../../model/plan.ts";
import { formatRepository } from "../../model/reference.ts";
import { isUnlisted, known, type Place } from "./find-attachments.ts";

/**
 * Whether a source repository has digest tags that belong to none of the changes. They may belong to platforms of an index, or to images
 * that are not in the manifest.
 */
export type HasUnrelatedTags = (place: Place) => boolean;

/** Computed once for all changes, because the tags of every change are known to the others. */
export function createUnrelatedTags(changes: readonly Change[]): HasUnrelatedTags {
  const own = new Map<string, Set<string>>();
  for (const change of changes) {
    const { sourceDigest } = change;
    const place = attachmentPlaces(change)?.source;
    if (place === undefined || sourceDigest === undefined) continue;
    const key = formatRepository(place);
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
  /** The index itself lacks attachments at the target, as after everything in it was signed. */
  readonly isLacking: boolean;
  readonly hasUnrelatedTags: HasUnrelatedTags;
  readonly childrenIn: (content: ManifestContent) => readonly Digest[];
};

/**
 * Returns the platforms of an index in place that may have been signed since: those with a tag at the source, or all if the index itself
 * was signed. The index is only read if there is such a sign. Returns undefined if facts are missing.
 */
export function findLaterPlatforms(change: Change, options: LaterPlatforms): readonly Digest[] | undefined {
  const { at, isLacking, hasUnrelatedTags, childrenIn } = options;
  const { source, sourceDigest } = change;
  if (
    source.kind !== "registry" ||
    sourceDigest === undefined ||
    !(isLacking || hasUnrelatedTags(at)) ||
    !mayBeIndex(change, at)
  )
    return [];
  const answer = at.facts.readManifest({ repository: source.reference.repository, digest: sourceDigest });
  if (answer === undefined) return undefined;
  const children = answer.kind === "found" ? childrenIn(answer.value) : [];
  return isLacking ? children : children.filter((child) => hasTag(child, at));
}

/** The target has the same image. Its type is known if the target was looked up, not if a list answered. */
function mayBeIndex({ target }: Change, { facts }: Place): boolean {
  const answer = facts.resolve(target, "target");
  const type = answer?.kind === "found" ? answer.value.mediaType : undefined;
  return type === undefined || type === "" || isIndexType(type);
}

function hasTag(digest: Digest, place: Place): boolean {
  const tags = place.facts.digestTags(place.repository);
  const names = tags === undefined || isUnlisted(tags) ? undefined : known(tags, place);
  return (
    names !== undefined && (["", ...ATTACHMENT_SUFFIXES] as const).some((end) => names.has(digestTag(digest, end)))
  );
}
