import type { Descriptor } from "../../model/descriptor.ts";
import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { subsetIndex } from "../../model/index-subset.ts";
import {
  attestationSubject,
  childKind,
  isIndexType,
  type Manifest,
  type ManifestContent,
  parseManifest,
} from "../../model/manifest.ts";
import { type DigestReference, formatReference } from "../../model/reference.ts";
import type { Answer } from "../../model/answer.ts";
import type { Platforms } from "../../model/sync-manifest.ts";
import { goneError } from "./desired.ts";
import type { Facts } from "./facts.ts";

const MAX_DEPTH = 4;
/** Container images are not older than this. Earlier dates are placeholders, such as 1970 and 1980 in reproducible builds. */
const FIRST_IMAGES = Date.UTC(2013, 0, 1);

/**
 * Returns the build time in an image's config; for an index, that of the first wanted platform. `absent`: the config has none. Depends only
 * on the digest, so that every run gets the same time. Returns undefined if facts are missing.
 */
export function imageDate(
  { repository, digest }: DigestReference,
  platforms: Platforms,
  facts: Facts,
): Answer<Date> | undefined {
  let at: Digest | undefined = digest;
  for (let depth = 0; at !== undefined && depth <= MAX_DEPTH; depth += 1) {
    const reference: DigestReference = { repository, digest: at };
    const answer = facts.readManifest(reference);
    if (answer === undefined || answer.kind === "failed") return answer;
    if (answer.kind === "absent")
      return { kind: "failed", error: { reference: formatReference(reference), ...goneError(reference) } };
    const manifest = tryRead(answer.value, depth === 0 ? platforms : "all");
    if ("code" in manifest)
      return { kind: "failed", error: { reference: formatReference(reference), ...manifest.details } };
    if (manifest.kind === "image") return known(facts.readCreated(repository, manifest.config));
    at = manifest.manifests.find(isPlatform)?.digest;
  }
  return { kind: "absent" };
}

function isPlatform(child: Descriptor): boolean {
  return attestationSubject(child) === undefined && childKind(child) !== "blob";
}

function known(answer: Answer<Date> | undefined): Answer<Date> | undefined {
  return answer?.kind === "found" && answer.value.getTime() < FIRST_IMAGES ? { kind: "absent" } : answer;
}

function tryRead(content: ManifestContent, platforms: Platforms): Manifest | ImgsyncError {
  try {
    // docker accepts a single image with any platforms
    const isWhole = platforms === "all" || !isIndexType(content.descriptor.mediaType);
    return parseManifest(isWhole ? content : subsetIndex(content, platforms).content);
  } catch (thrown) {
    if (thrown instanceof ImgsyncError) return thrown;
    throw thrown;
  }
}
