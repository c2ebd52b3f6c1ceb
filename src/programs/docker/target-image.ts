import type { Digest } from "../../model/digest.ts";
import { type ImageManifest, tryParseManifest } from "../../model/manifest.ts";
import type { Cancellable, Reader } from "../../model/ports.ts";
import type { Repository, TagReference } from "../../model/reference.ts";

/** The current image of a target tag. `image` is absent for an index or an unsupported manifest. */
export type TargetImage = { readonly digest: Digest; readonly image?: ImageManifest };

export async function lookAtTarget(
  target: TagReference,
  reader: Reader,
  { mustNotMove = false, ...options }: Cancellable & { readonly mustNotMove?: boolean },
): Promise<TargetImage | undefined> {
  const byHead = await reader.resolve(target, options);
  const found = byHead ?? (mustNotMove ? await reader.resolveByContent(target, options) : undefined);
  return found === undefined ? undefined : readTarget(target.repository, found.digest, reader, options);
}

/** Reports whether the image has one of these digests, as its manifest or its config. */
export function isSameImage({ digest, image }: TargetImage, identities: readonly Digest[]): boolean {
  return identities.includes(digest) || (image !== undefined && identities.includes(image.config.digest));
}

export async function readTarget(
  repository: Repository,
  digest: Digest,
  reader: Reader,
  options: Cancellable,
): Promise<TargetImage> {
  const content = await reader.readManifest({ repository, digest }, options);
  if (content === undefined) return { digest };
  const image = tryParseManifest(content);
  return image?.kind === "image" ? { digest, image } : { digest };
}
