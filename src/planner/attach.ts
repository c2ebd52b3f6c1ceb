import { type Attachment, countAttachments } from "../model/attachment.ts";
import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import { subsetIndex } from "../model/index-subset.ts";
import { attestationSubject, type Manifest, type ManifestContent, parseManifest } from "../model/manifest.ts";
import type { Change } from "../model/plan.ts";
import { DOCKER_HUB, type Repository } from "../model/reference.ts";
import type { Facts } from "./facts.ts";
import { attachedTo, findAttachments, type Place } from "./find-attachments.ts";
import { findMissing } from "./missing-attachments.ts";

export type AttachOptions = {
  /** Whether manifests of Docker Hub may be read for more than what changes. */
  readonly sizes: boolean;
};

/**
 * The change with what travels along, or `attach` in the place of `none` where the target lacks what the source has: all
 * signatures, SBOMs and other referrers of what arrives there. Undefined where facts are missing.
 */
export function attach(change: Change, facts: Facts, options: AttachOptions): Change | undefined {
  const { action, source, sourceDigest, engine, referrers, target } = change;
  const isMoved = action === "create" || action === "update";
  if (!isMoved && (action !== "none" || referrers !== true)) return change;
  if (referrers === false || engine !== "registry" || source.kind !== "registry" || sourceDigest === undefined)
    return change;
  const at: Place = { repository: source.reference.repository, side: "source", facts };
  try {
    const subjects = subjectsOf(change, sourceDigest, at.repository, facts, options);
    const found = findAttachments(subjects.travelling, at);
    const left = subjects.left === undefined ? [] : attachedTo(subjects.left, at);
    if (found === undefined || left === undefined) return undefined;
    const noted = withNotes(change, left.length === 0 ? [] : [leftBehind(left)]);
    if (isMoved) return withAttachments(noted, found, `with ${countAttachments(found)}`);
    const lacking = findMissing(found, at, { repository: target.repository, side: "target", facts });
    if (lacking === undefined) return undefined;
    const { missing, notes } = lacking;
    const attaching: Change = missing.length === 0 ? noted : { ...noted, action: "attach" };
    return withNotes(withAttachments(attaching, missing, `${countAttachments(missing)} to attach`), notes);
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    return isRefused(thrown)
      ? withNotes(change, [`nobody could look for signatures and referrers: ${thrown.message}`])
      : { ...change, action: "error", error: thrown.details };
  }
}

type Subjects = {
  readonly travelling: readonly Digest[];
  /** The whole index, where only a part of it arrives at the target. */
  readonly left?: Digest;
};

/** What arrives at the target and may have been signed: the image, and the platforms of an index where they are known. */
function subjectsOf(
  { action, platforms, wanted }: Change,
  top: Digest,
  repository: Repository,
  facts: Facts,
  { sizes }: AttachOptions,
): Subjects {
  const isSubset = wanted !== top;
  // there each manifest read counts as a pull, and what does not move is not read again just to look at its platforms
  const isRead = platforms !== "all" || (action !== "none" && (repository.host !== DOCKER_HUB || sizes));
  const answer = isRead ? facts.readManifest({ repository, digest: top }) : undefined;
  if (answer?.kind !== "found") return { travelling: isSubset ? [] : [top] };
  const content = platforms === "all" ? answer.value : subsetIndex(answer.value, platforms).content;
  const platformDigests = childrenIn(content);
  return isSubset ? { travelling: platformDigests, left: top } : { travelling: [top, ...platformDigests] };
}

/** None of a manifest that is no good, which whoever measures it tells better. */
function childrenIn(content: ManifestContent): readonly Digest[] {
  const manifest = tryParse(content);
  if (manifest?.kind !== "index") return [];
  return manifest.manifests.filter((child) => attestationSubject(child) === undefined).map(({ digest }) => digest);
}

function tryParse(content: ManifestContent): Manifest | undefined {
  try {
    return parseManifest(content);
  } catch (thrown) {
    if (thrown instanceof ImgsyncError) return undefined;
    throw thrown;
  }
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

/** Where the registry lets us read the image but not what belongs to it, the image is copied as it always was. */
function isRefused({ code }: ImgsyncError): boolean {
  return code === "DENIED" || code === "UNAUTHENTICATED";
}
