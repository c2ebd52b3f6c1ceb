import { type Attachment, ATTACHMENT_SUFFIXES, digestTag } from "../../model/attachment.ts";
import type { Digest } from "../../model/digest.ts";
import { type ErrorDetails, ImgsyncError } from "../../model/error.ts";
import { type Manifest, type ManifestContent, parseManifest } from "../../model/manifest.ts";
import { type DigestReference, formatReference, formatRepository, type Repository } from "../../model/reference.ts";
import type { Answer } from "../../model/answer.ts";
import type { Facts } from "./facts.ts";

export type Place = { readonly repository: Repository; readonly side: "source" | "target"; readonly facts: Facts };

/** Limits for signatures of signatures, and for the number of attachments of one image. Threat T17. */
const MAX_DEPTH = 4;
const MAX_ATTACHMENTS = 1000;

/**
 * Returns all attachments of these manifests, including attachments of attachments, in the order of discovery. Returns undefined if facts
 * are missing.
 * @throws ImgsyncError if they cannot be read or exceed a limit
 */
export function findAttachments(subjects: readonly Digest[], place: Place): readonly Attachment[] | undefined {
  const found = new Map<string, Attachment>();
  const seen = new Set(subjects);
  let level = [...seen];
  for (let depth = 1; level.length > 0; depth += 1) {
    const direct = level.map((subject) => attachedTo(subject, place));
    const known = direct.filter((attachments) => attachments !== undefined).flat();
    if (direct.includes(undefined)) return undefined;
    for (const attachment of known)
      found.set(`${attachment.tag ?? attachment.subject} ${attachment.digest}`, attachment);
    if (found.size > MAX_ATTACHMENTS) throw tooMuch(place, `there are more than ${MAX_ATTACHMENTS}`);
    level = [...new Set(known.map(({ digest }) => digest))].filter((digest) => !seen.has(digest));
    for (const digest of level) seen.add(digest);
    if (depth > MAX_DEPTH && level.length > 0)
      throw tooMuch(place, `they refer to each other more than ${MAX_DEPTH} deep`);
  }
  return [...found.values()];
}

/** Returns the direct attachments of one manifest: those that its host lists, and those under its digest tags. */
export function attachedTo(subject: Digest, place: Place): readonly Attachment[] | undefined {
  const { repository, side, facts } = place;
  const listed = facts.listReferrers({ repository, digest: subject }, side);
  const tags = facts.digestTags(repository);
  const tagged = tags === undefined ? undefined : attachedByTag(subject, tags, place);
  if (listed === undefined || tagged === undefined) return undefined;
  const bySubject = [...(known(listed, place) ?? []).map(({ digest }) => digest), ...tagged.listed];
  return [...new Set(bySubject)].map((digest): Attachment => ({ subject, digest })).concat(tagged.own);
}

type Tagged = { readonly own: readonly Attachment[]; readonly listed: readonly Digest[] };

function attachedByTag(subject: Digest, tags: Answer<ReadonlySet<string>>, place: Place): Tagged | undefined {
  const names = ATTACHMENT_SUFFIXES.map((suffix) => digestTag(subject, suffix)).filter((tag) =>
    mayHaveTag(tags, tag, place),
  );
  const own = names.map((tag) => ({
    tag,
    answer: place.facts.resolve({ repository: place.repository, tag }, place.side),
  }));
  const listed = mayHaveTag(tags, digestTag(subject), place) ? listedByTag(subject, place) : [];
  if (listed === undefined || own.some(({ answer }) => answer === undefined)) return undefined;
  return {
    listed,
    own: own.flatMap(({ tag, answer }) => {
      const digest = answer === undefined ? undefined : known(answer, place)?.digest;
      return digest === undefined ? [] : [{ subject, digest, tag }];
    }),
  };
}

/** Reads the index that replaces the API. OCI distribution-spec, "Referrers Tag Schema". */
function listedByTag(subject: Digest, place: Place): readonly Digest[] | undefined {
  const { repository, side, facts } = place;
  const answer = facts.resolve({ repository, tag: digestTag(subject) }, side);
  if (answer === undefined) return undefined;
  const digest = known(answer, place)?.digest;
  if (digest === undefined) return [];
  const content = readAttached({ repository, digest }, place);
  if (content === undefined) return undefined;
  const manifest = content === "gone" ? undefined : parseAttached(content, place);
  return manifest?.kind === "index" ? manifest.manifests.map((entry) => entry.digest) : [];
}

/** Reads a manifest by digest: `gone` if it no longer exists, undefined if it has not been read yet. */
export function readAttached(reference: DigestReference, place: Place): ManifestContent | "gone" | undefined {
  const answer = place.facts.readManifest(reference);
  return answer === undefined ? undefined : (known(answer, place) ?? "gone");
}

function parseAttached(content: ManifestContent, place: Place): Manifest {
  try {
    return parseManifest(content);
  } catch (thrown) {
    throw thrown instanceof ImgsyncError ? unreadable(place, thrown.details) : thrown;
  }
}

/** Whether a digest tag may exist. True for every tag if the registry does not list tags. */
export function mayHaveTag(digestTags: Answer<ReadonlySet<string>>, tag: string, place: Place): boolean {
  return isUnlisted(digestTags) || known(digestTags, place)?.has(tag) === true;
}

/** Whether the registry does not list tags at all, so that each must be looked up by name. */
export function isUnlisted(digestTags: Answer<ReadonlySet<string>>): boolean {
  return digestTags.kind === "failed" && digestTags.error.code === "UNSUPPORTED";
}

/**
 * Returns the value of an answer, or undefined if absent.
 * @throws ImgsyncError if the answer is a failure
 */
export function known<T>(answer: Answer<T>, place: Place): T | undefined {
  if (answer.kind === "failed") throw unreadable(place, answer.error);
  return answer.kind === "found" ? answer.value : undefined;
}

function unreadable({ repository, side }: Place, error: ErrorDetails): ImgsyncError {
  const hint = "to copy the image without its signatures and referrers, set referrers: false";
  return new ImgsyncError({ side, reference: formatRepository(repository), hint, ...error });
}

function tooMuch({ repository, side }: Place, message: string): ImgsyncError {
  return new ImgsyncError({
    code: "LIMIT_EXCEEDED",
    side,
    reference: formatReference({ repository }),
    message: `signatures and referrers: ${message}`,
    hint: "to copy the image without them, set referrers: false",
  });
}
