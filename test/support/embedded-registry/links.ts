import { childKind, parseManifest, isForeignLayer, INDEX_TYPES, IMAGE_TYPES } from "../../../src/model/manifest.ts";
import { digestOf } from "../../../src/model/digest.ts";
import { ImgsyncError } from "../../../src/model/error.ts";

/** The content that must exist before a manifest can be pushed, and the manifest's subject. */
export type Links = {
  readonly manifests: readonly string[];
  readonly blobs: readonly string[];
  /** Children of an index that may be manifests or blobs, according to their type. */
  readonly either: readonly string[];
  readonly subject: string | undefined;
};

/** Reads the links of a pushed manifest, or returns why it is invalid. Foreign layers need not exist. */
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
