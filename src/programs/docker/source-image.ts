import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { type ImageManifest, isIndexType, type ManifestContent, parseManifest } from "../../model/manifest.ts";
import type { Change } from "../../model/plan.ts";
import { childForPlatform } from "../../model/platform-child.ts";
import { formatPlatform, isSamePlatform, type Platform } from "../../model/platform.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { Cancellable, Reader } from "../../model/ports.ts";
import { type DigestReference, formatReference } from "../../model/reference.ts";

/** The manifest to pull, by digest, so that neither a moved tag nor platform selection can change it. */
export type PullSource = {
  readonly reference: DigestReference;
  readonly platform: Platform | undefined;
  /** The digests of its manifest and config: image stores use either as the ID. */
  readonly identities: readonly Digest[];
  readonly image: ImageManifest;
};

/**
 * Finds the manifest to copy for a change.
 * @throws ImgsyncError if it is missing or lacks the platform
 */
export async function findPullSource(
  reference: DigestReference,
  { platforms }: Change,
  reader: Reader,
  { signal }: Cancellable,
): Promise<PullSource> {
  const [platform] = platforms === "all" ? [] : platforms;
  const top = await read(reference, reader, signal);
  const digest =
    platform !== undefined && isIndexType(top.descriptor.mediaType)
      ? childForPlatform(top, platform).digest
      : reference.digest;
  const content = digest === reference.digest ? top : await read({ ...reference, digest }, reader, signal);
  const manifest = parseManifest(content);
  if (manifest.kind !== "image") {
    throw new ImgsyncError({
      code: "MANIFEST_INVALID",
      side: "source",
      message: "the source has several platforms, of which the docker engine copies only one",
      hint: "name it, as in platforms: [linux/amd64]",
    });
  }
  const identities = [digest, manifest.config.digest];
  return { reference: { repository: reference.repository, digest }, platform, identities, image: manifest };
}

/** @throws ImgsyncError if docker has a different image than requested */
export function checkPulled(
  { reference: pulled, platform, identities }: PullSource,
  image: LocalImage | undefined,
): LocalImage {
  const reference = formatReference(pulled);
  const ids =
    image === undefined ? [] : [image.id, ...(image.descriptor === undefined ? [] : [image.descriptor.digest])];
  if (image === undefined || !ids.some((id) => identities.includes(id))) {
    throw new ImgsyncError({
      code: "CONTENT_MISMATCH",
      side: "source",
      reference,
      message: `docker pulled the image, but has ${image === undefined ? "none" : image.id} of that name`,
      hint: "another program is changing images on this machine: try again",
    });
  }
  if (platform !== undefined && image.platform !== undefined && !isSamePlatform(platform, image.platform)) {
    throw new ImgsyncError({
      code: "PLATFORM_MISSING",
      side: "source",
      reference,
      message: `the source is an image for ${formatPlatform(image.platform)}, not for ${formatPlatform(platform)}`,
      hint: "name the platform that it has, or leave platforms out",
    });
  }
  return image;
}

async function read(reference: DigestReference, reader: Reader, signal: AbortSignal): Promise<ManifestContent> {
  const content = await reader.readManifest(reference, { signal });
  if (content !== undefined) return content;
  throw new ImgsyncError({
    code: "SOURCE_NOT_FOUND",
    side: "source",
    reference: formatReference(reference),
    message: "the image no longer exists",
    hint: "plan again",
  });
}
