import { childrenOf, type ManifestContent, parseManifest } from "./manifest.ts";

/**
 * Whether the first manifest of a cosign tag holds everything that the second does. Each signature is a layer, and a further signature
 * makes a new manifest under the same tag, so the first may replace the second without a loss.
 * @throws ImgsyncError CONTENT_REFUSED
 */
export function holdsAll(one: ManifestContent, other: ManifestContent): boolean {
  const held = new Set(entriesOf(one));
  return entriesOf(other).every((entry) => held.has(entry));
}

/** Includes the annotations, where cosign keeps the signature itself: two signatures may have the same payload. */
function entriesOf(content: ManifestContent): readonly string[] {
  const manifest = parseManifest(content);
  const parts = manifest.kind === "image" ? manifest.layers : childrenOf(manifest);
  return parts.map(({ digest, annotations }) => {
    const pairs = [...(annotations ?? [])].sort(([left], [right]) => (left < right ? -1 : 1));
    return JSON.stringify([digest, pairs]);
  });
}
