import type { Digest } from "../../model/digest.ts";
import type { ErrorDetails } from "../../model/error.ts";
import { formatReference, type Reference } from "../../model/reference.ts";
import type { AbsenceReason, Answer } from "../../model/answer.ts";
import type { Facts, Resolved } from "./facts.ts";

/** What a mapping wants at its target, or why this is unknown. */
export type Desired =
  | {
      readonly kind: "known";
      readonly sourceDigest: Digest;
      readonly wanted: Digest;
      readonly notes: readonly string[];
    }
  | DesiredImage
  | {
      readonly kind: "failed";
      readonly error: ErrorDetails;
      /** The source reported the tag as absent; no read failed. */
      readonly isMissingTag?: true;
    };

/** An image whose manifest docker may rewrite: its digest at the target is only known after the push. */
export type DesiredImage = {
  readonly kind: "image";
  readonly sourceDigest: Digest;
  /** The known digests of the manifest, index or config. A target tag with any of them has this image. */
  readonly identities: readonly Digest[];
  readonly bytes?: number;
  /** Human-readable, shown only if the tag moves. */
  readonly notes: readonly string[];
};

/** Whether the target tag points at the wanted digest. */
export function isAt(observed: Answer<Resolved>, wanted: Digest): boolean {
  return observed.kind === "found" && observed.value.digest === wanted;
}

/** Returns where the source's tag points, or the pinned digest without looking it up. */
export function lookAtTop(reference: Reference, facts: Facts): Exclude<Desired, DesiredImage> | undefined {
  return reference.digest === undefined ? lookAtTag(reference, facts) : pinned(reference.digest);
}

/** Checks that the pinned digest still exists, and that the tag written with it still points at it. */
export function checkPin<T extends Desired>(
  reference: Reference,
  digest: Digest,
  { isUnread, facts }: { readonly isUnread: boolean; readonly facts: Facts },
  desired: T,
): T | Extract<Desired, { kind: "failed" }> | undefined {
  const { repository, tag } = reference;
  // content that was read exists, so this needs no request
  const content = isUnread ? facts.resolve({ repository, digest }, "source") : undefined;
  const tagged = tag === undefined ? undefined : facts.resolve({ repository, tag }, "source");
  if ((isUnread && content === undefined) || (tag !== undefined && tagged === undefined)) return undefined;
  if (content?.kind === "failed") return failed(reference, content.error);
  if (content?.kind === "absent") return failed(reference, goneError(reference));
  if (tagged === undefined || tagged.kind === "failed") {
    return tagged === undefined ? desired : failed(reference, tagged.error);
  }
  return isAt(tagged, digest) ? desired : failed(reference, movedError(reference, tagged));
}

export function failed(reference: Reference, error: ErrorDetails): Extract<Desired, { kind: "failed" }> {
  return { kind: "failed", error: { side: "source", reference: formatReference(reference), ...error } };
}

export function goneError(reference: Reference): ErrorDetails {
  return {
    code: "SOURCE_NOT_FOUND",
    message: `"${reference.digest}" is no longer at the source`,
    hint: "registries remove images that no tag points at: plan again, or pin another digest",
  };
}

function pinned(digest: Digest): Extract<Desired, { kind: "known" }> {
  return { kind: "known", sourceDigest: digest, wanted: digest, notes: [] };
}

function lookAtTag(reference: Reference, facts: Facts): Exclude<Desired, DesiredImage> | undefined {
  const answer = facts.resolve(reference, "source");
  if (answer === undefined) return undefined;
  if (answer.kind === "failed") return failed(reference, answer.error);
  return answer.kind === "absent"
    ? missingTag(reference, answer.reason?.isOfRepository === true ? undefined : answer.reason)
    : pinned(answer.value.digest);
}

export function missingTag(reference: Reference, reason?: AbsenceReason): Extract<Desired, { kind: "failed" }> {
  const { error } = failed(reference, {
    code: "SOURCE_NOT_FOUND",
    message: `there is no "${formatReference(reference)}"${reason === undefined ? "" : `: ${reason.said}`}`,
    hint:
      reason?.hint ?? "check the name and the tag; some registries also answer so when the credentials may not read it",
  });
  // a reason may mean that the tag exists but is not served
  return reason === undefined ? { kind: "failed", error, isMissingTag: true } : { kind: "failed", error };
}

function movedError({ tag, digest }: Reference, tagged: Answer<Resolved>): ErrorDetails {
  const now = tagged.kind === "found" ? `points at ${tagged.value.digest} now` : "is gone";
  return {
    code: "PIN_MOVED",
    message: `the tag "${tag}" ${now}, but it is pinned to ${digest}`,
    hint: "check what changed upstream, then pin the new digest, or the old one without the tag",
  };
}
