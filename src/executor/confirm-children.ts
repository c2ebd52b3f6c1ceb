import type { Descriptor } from "../model/descriptor.ts";
import { IMAGE_LIMITS } from "../model/image-limits.ts";
import { childKind, childrenOf, isIndexType, type ManifestContent, parseManifest } from "../model/manifest.ts";

/** Reads back what was written. Both functions throw if the registry does not have it. */
export type ChildLook = {
  readonly read: (index: Descriptor) => Promise<ManifestContent>;
  readonly confirm: (child: Descriptor) => Promise<void>;
};

/**
 * Checks every manifest under an index that was written: a registry that silently drops writes may keep the tag but not its content. Makes
 * no requests for an image without an index.
 */
export async function confirmChildren(root: Descriptor, look: ChildLook, depth = 1): Promise<void> {
  if (!isIndexType(root.mediaType) || depth > IMAGE_LIMITS.indexDepth) return;
  for (const child of childrenOf(parseManifest(await look.read(root)))) {
    if (childKind(child) !== "manifest") continue;
    await look.confirm(child);
    await confirmChildren(child, look, depth + 1);
  }
}
