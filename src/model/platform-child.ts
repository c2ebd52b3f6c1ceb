import type { Descriptor } from "./descriptor.ts";
import { ImgsyncError } from "./error.ts";
import { subsetIndex } from "./index-subset.ts";
import { attestationSubject, IMAGE_TYPES, type ManifestContent } from "./manifest.ts";
import { formatPlatform, type Platform } from "./platform.ts";

/**
 * Returns the image manifest of an index for a platform.
 * @throws ImgsyncError PLATFORM_MISSING if there is none, CONTENT_REFUSED if it is not an image
 */
export function childForPlatform(index: ManifestContent, platform: Platform): Descriptor {
  const child = subsetIndex(index, [platform]).kept.find((one) => attestationSubject(one) === undefined);
  if (child !== undefined && IMAGE_TYPES.includes(child.mediaType)) return child;
  throw new ImgsyncError({
    code: "CONTENT_REFUSED",
    side: "source",
    message: `the entry of the index for ${formatPlatform(platform)} is not an image`,
  });
}
