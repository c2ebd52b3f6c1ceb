import { type ErrorDetails, ImgsyncError } from "../../model/error.ts";
import { type IndexSubset, subsetIndex } from "../../model/index-subset.ts";
import { attestationSubject, type ManifestContent } from "../../model/manifest.ts";
import type { Mapping } from "../../model/plan.ts";
import type { Platform } from "../../model/platform.ts";
import type { Reference, Repository } from "../../model/reference.ts";
import type { Answer } from "../../model/answer.ts";
import type { Platforms } from "../../model/sync-manifest.ts";
import {
  checkPin,
  type Desired,
  type DesiredImage,
  failed,
  goneError,
  isAt,
  lookAtTop,
  missingTag,
} from "./desired.ts";
import { lookForDocker, needsDocker } from "./docker-engine.ts";
import type { Facts, Resolved } from "./facts.ts";

/**
 * Looks up the source of a mapping with the fewest questions: one tag, or nothing for a pin that the target already has. Returns undefined
 * if facts are missing.
 */
export function lookAtSource(
  mapping: Mapping,
  observed: Answer<Resolved> | undefined,
  facts: Facts,
): Desired | undefined {
  const { source, origin } = mapping;
  const { engine, platforms } = origin.entry;
  if (mapping.isLockedMissing === true && source.kind === "registry") return missingTag(source.reference);
  if (needsDocker({ source, engine }) || source.kind !== "registry") return lookForDocker(mapping, facts);
  const pin = source.reference.digest;
  const desired = lookAtWhole(source.reference, platforms, facts);
  if (desired?.kind !== "known" || pin === undefined) return desired;
  if (observed === undefined) return undefined;
  if (observed.kind === "failed" || isAt(observed, desired.wanted)) return desired;
  return checkPin(source.reference, pin, { isUnread: platforms === "all", facts }, desired);
}

/** Returns what would be copied from a source, without checking that a pinned digest still exists. */
export function lookAtWhole(
  reference: Reference,
  platforms: Platforms,
  facts: Facts,
): Exclude<Desired, DesiredImage> | undefined {
  const found = lookAtTop(reference, facts);
  return found?.kind !== "known" || platforms === "all"
    ? found
    : lookAtPlatforms(reference.repository, found, platforms, facts);
}

function lookAtPlatforms(
  repository: Repository,
  { sourceDigest }: Extract<Desired, { kind: "known" }>,
  platforms: readonly Platform[],
  facts: Facts,
): Exclude<Desired, DesiredImage> | undefined {
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
