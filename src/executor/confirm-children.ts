import type { Descriptor } from "../model/descriptor.ts";
import { IMAGE_LIMITS } from "../model/image-limits.ts";
import { childKind, childrenOf, isIndexType, type ManifestContent, parseManifest } from "../model/manifest.ts";

/** How what was written is read again. Both throw where the registry does not have it. */
export type ChildLook = {
  readonly read: (index: Descriptor) => Promise<ManifestContent>;
  readonly confirm: (child: Descriptor) => Promise<void>;
};

/**
 * Looks for every manifest under an index that was written: a registry that silently drops writes may keep the tag and not what it
 * points at. Costs nothing for an image without an index.
 */
export async function confirmChildren(root: Descriptor, look: ChildLook, depth = 1): Promise<void> {
  if (!isIndexType(root.mediaType) || depth > IMAGE_LIMITS.indexDepth) return;
  for (const child of childrenOf(parseManifest(await look.read(root)))) {
    if (childKind(child) !== "manifest") continue;
    await look.confirm(child);
    await confirmChildren(child, look, depth + 1);
  }
}
