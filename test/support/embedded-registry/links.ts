import { childKind, parseManifest, isForeignLayer, INDEX_TYPES, IMAGE_TYPES } from "../../../src/model/manifest.ts";
import { digestOf } from "../../../src/model/digest.ts";
import { ImgsyncError } from "../../../src/model/error.ts";

/** What must be in the repository before a manifest may be pushed, and what it is about. */
export type Links = {
  readonly manifests: readonly string[];
  readonly blobs: readonly string[];
  /** Children of an index whose type does not say which of the two they are. */
  readonly either: readonly string[];
  readonly subject: string | undefined;
};

/** Reads the links of a pushed manifest, or says why it is none. Foreign layers need not be there. */
export function readLinks(mediaType: string, bytes: Uint8Array): Links | { readonly problem: string } {
  if (!INDEX_TYPES.includes(mediaType) && !IMAGE_TYPES.includes(mediaType)) {
    return { problem: `unsupported media type ${JSON.stringify(mediaType)}` };
  }
  try {
    const manifest = parseManifest({ descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes });
    const subject = manifest.subject?.digest;
    if (manifest.kind === "index") {
      const ofKind = (kind: ReturnType<typeof childKind>): readonly string[] =>
        manifest.manifests
          .filter((child) => childKind(child) === kind && !isForeignLayer(child))
          .map(({ digest }) => digest);
      return { manifests: ofKind("manifest"), blobs: ofKind("blob"), either: ofKind("unclear"), subject };
    }
    const layers = manifest.layers.filter((layer) => !isForeignLayer(layer));
    return { manifests: [], either: [], blobs: [manifest.config, ...layers].map(({ digest }) => digest), subject };
  } catch (error) {
    if (error instanceof ImgsyncError) return { problem: error.message };
    throw error;
  }
}
