import { type Attachment, countAttachments } from "../../model/attachment.ts";
import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { subsetIndex } from "../../model/index-subset.ts";
import { attestationSubject, childKind, type ManifestContent, tryParseManifest } from "../../model/manifest.ts";
import { attachmentPlaces, type Change } from "../../model/plan.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import { pullQuotaOf } from "../../products/table.ts";
import type { Facts } from "../facts/facts.ts";
import { attachedTo, findAttachments, type Place } from "../facts/find-attachments.ts";
import { createUnrelatedTags, findLaterPlatforms, type HasUnrelatedTags } from "../facts/later-platforms.ts";
import { findMissing, type Missing } from "../facts/missing-attachments.ts";
import type { Rule } from "./rule.ts";

type AttachOptions = {
  /** Whether manifests may be read beyond what changes need, even if each read counts as a pull. */
  readonly sizes: boolean;
  readonly hasUnrelatedTags: HasUnrelatedTags;
  /** Whether a source host has mirrors, so that an image may be available although the host is not. */
  readonly hasMirrors: (host: string) => boolean;
};

/**
 * Adds the attachments of an image to its change, or turns `none` into `attach` if the target lacks some: signatures, SBOMs and other
 * referrers of everything that arrives there.
 */
export const attachments: Rule = ({ manifest, facts, options, changes }) => {
  const decided = changes.filter((change) => change !== undefined);
  // while changes are undecided, the owners of tags are unknown, and another pass follows
  const hasUnrelatedTags = decided.length < changes.length ? () => false : createUnrelatedTags(decided);
  const hasMirrors = (host: string): boolean => manifest.registries.get(host)?.mirrors !== undefined;
  return (change) => attach(change, facts, { sizes: options.sizes ?? false, hasUnrelatedTags, hasMirrors });
};

function attach(change: Change, facts: Facts, options: AttachOptions): Change | undefined {
  const { action, source, sourceDigest, engine, referrers } = change;
  const isMoved = action === "create" || action === "update";
  if (!isMoved && (action !== "none" || referrers !== true)) return change;
  if (referrers === false || engine !== "registry" || source.kind !== "registry" || sourceDigest === undefined)
    return change;
  const places = attachmentPlaces(change);
  if (places === undefined) return change;
  const at: Place = { repository: places.source, side: "source", facts };
  try {
    const subjects = subjectsOf(change, sourceDigest, source.reference.repository, facts, options);
    const found = findAttachments(subjects.travelling, at);
    const left = subjects.left === undefined ? [] : attachedTo(subjects.left, at);
    if (found === undefined || left === undefined) return undefined;
    const noted = withNotes(change, left.length === 0 ? [] : [leftBehind(left)]);
    const inPlace = change.referrersAt?.target === undefined ? "" : ` in ${formatRepository(places.target)}`;
    if (isMoved) return withAttachments(noted, found, `with ${countAttachments(found)}${inPlace}`);
    const there: Place = { repository: places.target, side: "target", facts };
    const lacking = findMissing(found, at, there);
    const all = lacking && withLaterPlatforms(lacking, { change, subjects: subjects.travelling, at, there, options });
    if (all === undefined) return undefined;
    const { missing, notes } = all;
    const attaching: Change = missing.length === 0 ? noted : { ...noted, action: "attach" };
    return withNotes(withAttachments(attaching, missing, `${countAttachments(missing)} to attach${inPlace}`), notes);
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    return isRefused(thrown) || (options.hasMirrors(at.repository.host) && isAway(thrown))
      ? withNotes(change, [`signatures and referrers could not be looked up: ${thrown.message}`])
      : { ...change, action: "error", error: thrown.details };
  }
}

type InPlace = {
  readonly change: Change;
  readonly subjects: readonly Digest[];
  readonly at: Place;
  readonly there: Place;
  readonly options: AttachOptions;
};

/** Adds attachments that single platforms of an index in place received after it was copied. */
function withLaterPlatforms(lacking: Missing, { change, subjects, at, there, options }: InPlace): Missing | undefined {
  const { sizes, hasUnrelatedTags } = options;
  const { source } = change;
  if (change.platforms !== "all" || source.kind !== "registry") return lacking;
  if (!mayRead(source.reference.repository, sizes)) return lacking;
  const isLacking = lacking.missing.length > 0;
  const later = findLaterPlatforms(change, { at, isLacking, hasUnrelatedTags, childrenIn });
  if (later === undefined) return undefined;
  if (later.length === 0) return lacking;
  const found = findAttachments([...subjects, ...later], at);
  return found && findMissing(found, at, there);
}

type Subjects = {
  readonly travelling: readonly Digest[];
  /** The whole index, if only a subset of it arrives at the target. */
  readonly left?: Digest;
};

/** Returns what arrives at the target and may be signed: the image, and the platforms of an index if known. */
function subjectsOf(
  { action, platforms, wanted }: Change,
  top: Digest,
  repository: Repository,
  facts: Facts,
  { sizes }: AttachOptions,
): Subjects {
  const isSubset = wanted !== top;
  const isRead = platforms !== "all" || (action !== "none" && mayRead(repository, sizes));
  const answer = isRead ? facts.readManifest({ repository, digest: top }) : undefined;
  if (answer?.kind !== "found") return { travelling: isSubset ? [] : [top] };
  const content = platforms === "all" ? answer.value : subsetIndex(answer.value, platforms).content;
  const platformDigests = childrenIn(content);
  return isSubset ? { travelling: platformDigests, left: top } : { travelling: [top, ...platformDigests] };
}

/** False if each read of a manifest counts as a pull, unless the user allowed it. */
function mayRead({ host }: Repository, sizes: boolean): boolean {
  return sizes || pullQuotaOf(host) === undefined;
}

/** Returns none for an invalid manifest, which the size rule reports. */
function childrenIn(content: ManifestContent): readonly Digest[] {
  const manifest = tryParseManifest(content);
  if (manifest?.kind !== "index") return [];
  return manifest.manifests
    .filter((child) => attestationSubject(child) === undefined && childKind(child) !== "blob")
    .map(({ digest }) => digest);
}

function withAttachments(change: Change, attachments: readonly Attachment[], note: string): Change {
  return attachments.length === 0 ? change : withNotes({ ...change, attachments }, [note]);
}

function withNotes(change: Change, notes: readonly string[]): Change {
  return notes.length === 0 ? change : { ...change, notes: [...change.notes, ...notes] };
}

function leftBehind(left: readonly Attachment[]): string {
  return `${countAttachments(left)} of the whole index left behind`;
}

/** A mirror's list may be incomplete; the image that it has is still copied. */
function isAway({ details: { code, side } }: ImgsyncError): boolean {
  return side === "source" && (code === "REGISTRY_UNREACHABLE" || code === "REGISTRY_TIMEOUT");
}

/** If the registry serves the image but not its attachments, the image is copied without them. */
function isRefused({ code }: ImgsyncError): boolean {
  return code === "DENIED" || code === "UNAUTHENTICATED";
}
