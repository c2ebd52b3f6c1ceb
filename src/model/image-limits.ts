import { type ErrorDetails, ImgsyncError } from "./error.ts";
import { childrenOf, type Manifest } from "./manifest.ts";

/** The size limits of an image. Plan and copy share them, so that the plan reports what cannot be copied. */
export const IMAGE_LIMITS = { indexDepth: 4, descriptorsPerManifest: 1000, nodesPerImage: 10_000 } as const;

/**
 * Checks one manifest of an image. Digests cannot form a cycle, so bounding width and depth is enough. Threat T17.
 * `depth` is 1 for the top; `nodes` is the number of distinct manifests seen so far.
 * @throws ImgsyncError LIMIT_EXCEEDED
 */
export function checkImageLimits(
  manifest: Manifest,
  { depth, nodes, ...where }: Pick<ErrorDetails, "side" | "reference"> & { depth: number; nodes: number },
): void {
  const { indexDepth, descriptorsPerManifest, nodesPerImage } = IMAGE_LIMITS;
  const parts = childrenOf(manifest).length;
  const tooMuch = (message: string): ImgsyncError =>
    new ImgsyncError({ code: "LIMIT_EXCEEDED", message: `the image is too large to be copied: ${message}`, ...where });
  if (depth > indexDepth) throw tooMuch(`indexes are nested more than ${indexDepth} levels deep`);
  if (parts > descriptorsPerManifest)
    throw tooMuch(`one manifest has ${parts} parts, more than ${descriptorsPerManifest}`);
  if (nodes > nodesPerImage) throw tooMuch(`it has more than ${nodesPerImage} manifests`);
}
