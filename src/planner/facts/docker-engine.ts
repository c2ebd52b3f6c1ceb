import type { Digest } from "../../model/digest.ts";
import { type ErrorDetails, ImgsyncError } from "../../model/error.ts";
import type { LocalImage } from "../../model/local-image.ts";
import {
  type ImageManifest,
  isForeignLayer,
  isIndexType,
  type ManifestContent,
  parseManifest,
  tryParseManifest,
} from "../../model/manifest.ts";
import type { Change, Mapping } from "../../model/plan.ts";
import { childForPlatform } from "../../model/platform-child.ts";
import type { DigestReference, Repository, TagReference } from "../../model/reference.ts";
import type { Answer } from "../../model/answer.ts";
import type { Platforms } from "../../model/sync-manifest.ts";
import { checkPin, type Desired, type DesiredImage, failed, goneError, lookAtTop } from "./desired.ts";
import type { Facts, Resolved } from "./facts.ts";
import { defined } from "../../model/defined.ts";

/** Whether a mapping needs docker. Local images do, regardless of `engine`. */
export function needsDocker({ source, engine }: Pick<Change, "source" | "engine">): boolean {
  return source.kind === "docker-daemon" || engine === "docker";
}

/** Returns the image that docker has to push, with all digests that it may have at the target. Returns undefined if facts are missing. */
export function lookForDocker(mapping: Mapping, facts: Facts): Desired | undefined {
  const { source } = mapping;
  if (source.kind === "docker-daemon") return lookAtLocalImage(source.image, facts);
  const top = lookAtTop(source.reference, facts);
  if (top?.kind !== "known") return top;
  const image = readImage(source.reference.repository, top.sourceDigest, mapping.origin.entry.platforms, facts);
  if (image === undefined || source.reference.digest === undefined) return image;
  return checkPin(source.reference, source.reference.digest, { isUnread: false, facts }, image);
}

/**
 * Whether the target tag already has the image. Docker rewrites manifests but keeps the config, so the digest of the config decides if the
 * manifests differ. An error is that of the target. Returns undefined if facts are missing.
 */
export function isImageAt(
  { identities }: DesiredImage,
  { repository }: TagReference,
  observed: Answer<Resolved>,
  facts: Facts,
): boolean | ErrorDetails | undefined {
  if (observed.kind !== "found") return false;
  const { digest } = observed.value;
  if (identities.includes(digest)) return true;
  const answer = facts.readManifest({ repository, digest });
  if (answer === undefined) return undefined;
  if (answer.kind === "failed") return answer.error;
  const config = answer.kind === "found" ? configOf(answer.value) : undefined;
  return config !== undefined && identities.includes(config);
}

function lookAtLocalImage(image: string, facts: Facts): Desired | undefined {
  const answer = facts.findLocalImage(image);
  if (answer === undefined) return undefined;
  const reference = `docker-daemon:${image}`;
  if (answer.kind === "failed") return { kind: "failed", error: { side: "source", reference, ...answer.error } };
  if (answer.kind === "absent") return { kind: "failed", error: { side: "source", reference, ...noLocalImage(image) } };
  const { id, descriptor, bytes } = answer.value;
  const identities = descriptor === undefined ? [id] : [...new Set([id, descriptor.digest])];
  return {
    kind: "image",
    sourceDigest: id,
    identities,
    ...defined({ bytes }),
    notes: notesOfStore(answer.value),
  };
}

/** The classic store has no manifests: docker creates one when it pushes. */
function notesOfStore({ descriptor }: LocalImage): readonly string[] {
  return descriptor === undefined ? ["digest known after the push"] : [];
}

function noLocalImage(image: string): ErrorDetails {
  return {
    code: "SOURCE_NOT_FOUND",
    message: `there is no local image "${image}"`,
    hint: "build or pull it first: docker image ls shows what is there",
  };
}

function readImage(
  repository: Repository,
  digest: Digest,
  platforms: Platforms,
  facts: Facts,
): DesiredImage | Extract<Desired, { kind: "failed" }> | undefined {
  const reference = { repository, digest };
  const top = read(reference, facts);
  if (top === undefined || "error" in top) return top?.error;
  try {
    if (!isIndexType(top.content.descriptor.mediaType)) {
      return describe(digest, [digest], imageOf(top.content), "digest may change");
    }
    const [platform, ...others] = platforms === "all" ? [] : platforms;
    if (platform === undefined || others.length > 0) return failed(reference, platformsProblem());
    const child = childForPlatform(top.content, platform);
    const content = read({ repository, digest: child.digest }, facts);
    if (content === undefined || "error" in content) return content?.error;
    return describe(digest, [child.digest], imageOf(content.content), "digest will change");
  } catch (thrown) {
    if (thrown instanceof ImgsyncError) return failed(reference, thrown.details);
    throw thrown;
  }
}

function describe(
  sourceDigest: Digest,
  manifests: readonly Digest[],
  { config, layers }: ImageManifest,
  note: string,
): DesiredImage {
  const blobs = new Map([config, ...layers].filter((blob) => !isForeignLayer(blob)).map((blob) => [blob.digest, blob]));
  const bytes = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
  return { kind: "image", sourceDigest, identities: [...manifests, config.digest], bytes, notes: [note] };
}

function imageOf(content: ManifestContent): ImageManifest {
  const manifest = parseManifest(content);
  if (manifest.kind === "image") return manifest;
  throw new ImgsyncError({ code: "CONTENT_REFUSED", message: "docker cannot copy an index inside an index" });
}

function read(
  reference: DigestReference,
  facts: Facts,
): { readonly content: ManifestContent } | { readonly error: Extract<Desired, { kind: "failed" }> } | undefined {
  const answer = facts.readManifest(reference);
  if (answer === undefined) return undefined;
  if (answer.kind === "found") return { content: answer.value };
  return { error: failed(reference, answer.kind === "failed" ? answer.error : goneError(reference)) };
}

/** The digest of an image's config; undefined for an index or an unsupported manifest. */
function configOf(content: ManifestContent): Digest | undefined {
  const manifest = tryParseManifest(content);
  return manifest?.kind === "image" ? manifest.config.digest : undefined;
}

/** Docker's classic image store keeps only one platform of an index, so the manifest must choose it. */
function platformsProblem(): ErrorDetails {
  return {
    code: "MANIFEST_INVALID",
    message: "the source has several platforms, of which the docker engine copies only one",
    hint: "name it, as in platforms: [linux/amd64], or use engine: registry, which copies all",
  };
}
