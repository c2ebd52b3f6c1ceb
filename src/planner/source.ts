import type { Digest } from "../model/digest.ts";
import { type ErrorDetails, ImgsyncError } from "../model/error.ts";
import { type IndexSubset, subsetIndex } from "../model/index-subset.ts";
import { attestationSubject, type ManifestContent } from "../model/manifest.ts";
import type { Wish } from "../model/plan.ts";
import type { Platform } from "../model/platform.ts";
import { formatReference, type Reference, type Repository } from "../model/reference.ts";
import type { Answer } from "../model/snapshot.ts";
import { dockerProblem, needsDocker } from "./docker-engine.ts";
import type { Facts, Resolved } from "./facts.ts";

/** What a wish wants at its target, or why nobody can tell. Undefined where facts are still missing. */
export type Desired =
  | {
      readonly kind: "known";
      readonly sourceDigest: Digest;
      readonly wanted: Digest;
      readonly notes: readonly string[];
    }
  | { readonly kind: "failed"; readonly error: ErrorDetails };

/**
 * Looks at the source of a wish, with as few questions as will do: one tag, or nothing at all for a pin that the target
 * has already.
 */
export function lookAtSource(wish: Wish, observed: Answer<Resolved> | undefined, facts: Facts): Desired | undefined {
  const { source, platforms } = wish;
  if (needsDocker(wish) || source.kind !== "registry") return lookForDocker(wish, facts);
  const pin = source.reference.digest;
  const found = pin === undefined ? lookAtTag(source.reference, facts) : pinned(pin);
  if (found?.kind !== "known") return found;
  const desired = platforms === "all" ? found : lookAtPlatforms(source.reference.repository, found, platforms, facts);
  if (desired?.kind !== "known" || pin === undefined) return desired;
  if (observed === undefined) return undefined;
  if (observed.kind === "failed" || isAt(observed, desired.wanted)) return desired;
  return checkPin(source.reference, pin, platforms === "all", facts, desired);
}

/** Whether the target is where it should be. */
export function isAt(observed: Answer<Resolved>, wanted: Digest): boolean {
  return observed.kind === "found" && observed.value.digest === wanted;
}

function pinned(digest: Digest): Desired {
  return { kind: "known", sourceDigest: digest, wanted: digest, notes: [] };
}

function lookAtTag(reference: Reference, facts: Facts): Desired | undefined {
  const answer = facts.resolve(reference, "source");
  if (answer === undefined) return undefined;
  if (answer.kind === "failed") return failed(reference, answer.error);
  if (answer.kind === "absent") {
    return failed(reference, {
      code: "SOURCE_NOT_FOUND",
      message: `there is no "${formatReference(reference)}"`,
      hint: "check the name and the tag; a registry may also say so where the credentials may not read it",
    });
  }
  return pinned(answer.value.digest);
}

/** The pinned digest must still be there, and where a tag stands beside it, that must still point at it. */
function checkPin(
  reference: Reference,
  digest: Digest,
  isUnread: boolean,
  facts: Facts,
  desired: Desired,
): Desired | undefined {
  const { repository, tag } = reference;
  // a subset has been made of its bytes, so nobody need ask whether it is there
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

function lookAtPlatforms(
  repository: Repository,
  { sourceDigest }: Extract<Desired, { kind: "known" }>,
  platforms: readonly Platform[],
  facts: Facts,
): Desired | undefined {
  const reference = { repository, digest: sourceDigest };
  const answer = facts.readManifest(reference);
  if (answer === undefined) return undefined;
  if (answer.kind === "failed") return failed(reference, answer.error);
  if (answer.kind === "absent") return failed(reference, goneError(reference));
  const subset = trySubset(answer.value, platforms);
  if ("error" in subset) return failed(reference, subset.error);
  return { kind: "known", sourceDigest, wanted: subset.content.descriptor.digest, notes: notesOf(subset) };
}

function trySubset(content: ManifestContent, platforms: readonly Platform[]): IndexSubset | { error: ErrorDetails } {
  try {
    return subsetIndex(content, platforms);
  } catch (thrown) {
    if (thrown instanceof ImgsyncError) return { error: thrown.details };
    throw thrown;
  }
}

function notesOf({ dropped }: IndexSubset): readonly string[] {
  const attestations = dropped.filter((child) => attestationSubject(child) !== undefined).length;
  const platforms = dropped.length - attestations;
  return [
    ...(platforms === 0 ? [] : [`${platforms} ${platforms === 1 ? "platform" : "platforms"} left behind`]),
    ...(attestations === 0
      ? []
      : [`${attestations} ${attestations === 1 ? "attestation" : "attestations"} left behind`]),
  ];
}

function lookForDocker(wish: Wish, facts: Facts): Desired | undefined {
  const { source } = wish;
  const reference = source.kind === "registry" ? source.reference : undefined;
  const answer =
    reference === undefined || reference.digest !== undefined ? "unasked" : facts.resolve(reference, "source");
  if (answer === undefined) return undefined;
  const mediaType = answer !== "unasked" && answer.kind === "found" ? answer.value.mediaType : undefined;
  const error = dockerProblem(wish, mediaType);
  if (error === undefined) throw new Error("no engine for docker");
  return {
    kind: "failed",
    error: { reference: source.kind === "registry" ? formatReference(source.reference) : source.image, ...error },
  };
}

function goneError(reference: Reference): ErrorDetails {
  return {
    code: "SOURCE_NOT_FOUND",
    message: `"${reference.digest}" is not at the source any more`,
    hint: "a registry removes what no tag points at: plan again, or pin another digest",
  };
}

function movedError({ tag, digest }: Reference, tagged: Answer<Resolved>): ErrorDetails {
  const now = tagged.kind === "found" ? `points at ${tagged.value.digest} now` : "is gone";
  return {
    code: "PIN_MOVED",
    message: `the tag "${tag}" ${now}, it is pinned to ${digest}`,
    hint: "look at what changed upstream, then pin the new digest, or the old one without the tag",
  };
}

function failed(reference: Reference, error: ErrorDetails): Desired {
  return { kind: "failed", error: { side: "source", reference: formatReference(reference), ...error } };
}
