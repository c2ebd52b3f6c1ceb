import { childrenOf, type ManifestContent, parseManifest } from "./manifest.ts";

/**
 * Whether one manifest of a cosign tag holds all that another does: each signature is a layer there, and a further one makes
 * a new manifest under the same tag. One that holds all of the other may take its place without a loss.
 * @throws ImgsyncError CONTENT_REFUSED
 */
export function holdsAll(one: ManifestContent, other: ManifestContent): boolean {
  const held = new Set(entriesOf(one));
  return entriesOf(other).every((entry) => held.has(entry));
}

/** With the annotations, which are where cosign keeps the signature itself: the payload may be the same in two of them. */
function entriesOf(content: ManifestContent): readonly string[] {
  const manifest = parseManifest(content);
  const parts = manifest.kind === "image" ? manifest.layers : childrenOf(manifest);
  return parts.map(({ digest, annotations }) => {
    const pairs = [...(annotations ?? [])].sort(([left], [right]) => (left < right ? -1 : 1));
    return JSON.stringify([digest, pairs]);
  });
}
