import { type ErrorDetails, ImgsyncError } from "./error.ts";
import { childrenOf, type Manifest } from "./manifest.ts";

/** How large an image may be. The plan and the copy go by the same numbers, so that the plan knows what cannot be copied. */
export const IMAGE_LIMITS = { indexDepth: 4, descriptorsPerManifest: 1000, nodesPerImage: 10_000 } as const;

/**
 * Checks one manifest of an image; digests cannot form a circle, so only width and depth are bounded. Threat T17.
 * `depth` is 1 for the top; `nodes` are the different manifests seen so far.
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
