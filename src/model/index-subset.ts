import type { Descriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { ImgsyncError } from "./error.ts";
import { attestationSubject, type ManifestContent, parseManifest } from "./manifest.ts";
import { formatPlatform, isSamePlatform, type Platform } from "./platform.ts";
import { defined } from "./defined.ts";

/** An index reduced to some of its platforms. */
export type IndexSubset = {
  readonly content: ManifestContent;
  readonly kept: readonly Descriptor[];
  readonly dropped: readonly Descriptor[];
};

/**
 * Defines the bytes of a platform subset, so that every run on either runtime wants the same digest: the source's JSON with `manifests`
 * filtered in order, nothing else changed, no spaces.
 * Attestation manifests of kept children stay. The result is always an index, even for one platform.
 * @throws ImgsyncError PLATFORM_MISSING if a wanted platform is missing or the source is not an index
 */
export function subsetIndex(index: ManifestContent, platforms: readonly Platform[]): IndexSubset {
  const manifest = parseManifest(index);
  if (manifest.kind !== "index") {
    throw missing("the source is a single image, not an index, so no platforms can be chosen from it");
  }
  const images = manifest.manifests.filter((child) => attestationSubject(child) === undefined);
  const wanted = images.filter(({ platform }) => isAmong(platform, platforms));
  const absent = platforms.filter((platform) => !wanted.some((child) => isAmong(child.platform, [platform])));
  if (absent.length > 0) {
    throw missing(`the source has no ${absent.map(formatPlatform).join(", ")}`, describe(images));
  }
  const digests = new Set(wanted.map(({ digest }) => digest));
  const chosen = new Set(wanted);
  const isKept = (child: Descriptor): boolean => {
    const subject = attestationSubject(child);
    return subject === undefined ? chosen.has(child) : digests.has(subject);
  };
  const flags = manifest.manifests.map(isKept);
  const bytes = rebuild(index.bytes, flags);
  return {
    content: {
      bytes,
      descriptor: { mediaType: manifest.mediaType, digest: digestOf(bytes), size: bytes.byteLength },
    },
    kept: manifest.manifests.filter((_, at) => flags[at]),
    dropped: manifest.manifests.filter((_, at) => !flags[at]),
  };
}

function rebuild(bytes: Uint8Array, flags: readonly boolean[]): Uint8Array {
  // parseManifest has accepted these bytes as an index: an object whose `manifests` is a list or null
  const json = JSON.parse(new TextDecoder().decode(bytes)) as { manifests: unknown[] | null };
  const manifests = (json.manifests ?? []).filter((_, at) => flags[at]);
  return new TextEncoder().encode(JSON.stringify({ ...json, manifests }));
}

function describe(images: readonly Descriptor[]): string {
  const names = images.flatMap(({ platform }) =>
    platform === undefined || platform.os === "unknown" ? [] : [formatPlatform(platform)],
  );
  return names.length === 0 ? "it names no platforms at all" : `it has ${[...new Set(names)].join(", ")}`;
}

function isAmong(platform: Platform | undefined, platforms: readonly Platform[]): boolean {
  return platform !== undefined && platforms.some((wanted) => isSamePlatform(platform, wanted));
}

function missing(message: string, hint?: string): ImgsyncError {
  return new ImgsyncError({
    code: "PLATFORM_MISSING",
    side: "source",
    message,
    ...defined({ hint }),
  });
}
