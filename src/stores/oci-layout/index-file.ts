import type { Descriptor } from "../../model/descriptor.ts";
import { type Digest, digestOf } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { type ManifestContent, MEDIA_TYPES, parseManifest } from "../../model/manifest.ts";
import { isProblem, isTag, parseReference, type Repository } from "../../model/reference.ts";
import { refusedLayout } from "./failure.ts";

/**
 * `index.json` of a layout: the manifests that can be found without their digest. Unknown fields are preserved. OCI image-spec,
 * image-layout.md.
 */
export type LayoutIndex = {
  readonly entries: readonly IndexEntry[];
  readonly json: Readonly<Record<string, unknown>>;
};

export type IndexEntry = {
  readonly descriptor: Descriptor;
  readonly tag: string | undefined;
  /** The name is only the tag, as skopeo, podman and imgsync write it, not a full reference as crane and containerd do. */
  readonly isExact: boolean;
  /** The original JSON value. */
  readonly written: unknown;
};

const REF_NAME = "org.opencontainers.image.ref.name";

const EMPTY = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] };

export const EMPTY_INDEX: LayoutIndex = { entries: [], json: EMPTY };

/** @throws ImgsyncError CONTENT_REFUSED if it is not an index that all programs read alike */
export function parseIndex(bytes: Uint8Array, repository: Repository): LayoutIndex {
  const descriptor = { mediaType: MEDIA_TYPES.ociIndex, digest: digestOf(bytes), size: bytes.byteLength };
  try {
    const manifest = parseManifest({ descriptor, bytes });
    const manifests = manifest.kind === "index" ? manifest.manifests : [];
    // parseManifest has accepted these bytes as an index: an object whose `manifests` is a list or null
    const json = JSON.parse(new TextDecoder().decode(bytes)) as { readonly manifests?: readonly unknown[] | null };
    const entries = manifests.map((one, at) => readEntry(one, json.manifests?.[at]));
    return { entries, json };
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    throw refusedLayout(repository, `index.json: ${thrown.message.replace("the manifest", "it")}`);
  }
}

export function formatIndex({ entries, json }: LayoutIndex): string {
  return `${JSON.stringify({ ...json, manifests: entries.map(({ written }) => written) }, undefined, 2)}\n`;
}

/**
 * Returns the entries for a tag: those with exactly this name, otherwise full references that end with it.
 * @throws ImgsyncError CONTENT_REFUSED if they are different images
 */
export function entriesOf({ entries }: LayoutIndex, tag: string, repository: Repository): readonly IndexEntry[] {
  const named = entries.filter((entry) => entry.tag === tag);
  const exact = named.filter(({ isExact }) => isExact);
  const found = exact.length > 0 ? exact : named;
  if (new Set(found.map(({ descriptor }) => descriptor.digest)).size > 1)
    throw refusedLayout(
      repository,
      `its index has different images under the name "${tag}"`,
      "use one layout per image",
    );
  return found;
}

/** Points the tag at this manifest and removes its other entries. */
export function withTag(
  index: LayoutIndex,
  tag: string,
  content: ManifestContent,
  repository: Repository,
): LayoutIndex {
  const before = new Set(entriesOf(index, tag, repository));
  const at = index.entries.findIndex((entry) => before.has(entry));
  const entry = toEntry(content, { annotations: { [REF_NAME]: tag } });
  const kept = index.entries.map((one) => (before.has(one) ? undefined : one));
  const placed = at < 0 ? [...kept, entry] : kept.with(at, entry);
  return { ...index, entries: placed.filter((one) => one !== undefined) };
}

export function withoutTag(index: LayoutIndex, tag: string, repository: Repository): LayoutIndex {
  const gone = new Set(entriesOf(index, tag, repository));
  return { ...index, entries: index.entries.filter((entry) => !gone.has(entry)) };
}

/** Adds a manifest without a name, so that other programs find an image's referrers and keep them. */
export function withUntagged(index: LayoutIndex, content: ManifestContent): LayoutIndex {
  const { digest } = content.descriptor;
  if (index.entries.some(({ descriptor }) => descriptor.digest === digest)) return index;
  return { ...index, entries: [...index.entries, toEntry(content, {})] };
}

export function withoutDigest(index: LayoutIndex, digest: Digest): LayoutIndex {
  return { ...index, entries: index.entries.filter(({ descriptor }) => descriptor.digest !== digest) };
}

function toEntry(
  { descriptor }: ManifestContent,
  more: { readonly annotations?: Readonly<Record<string, string>> },
): IndexEntry {
  const { mediaType, digest, size } = descriptor;
  const tag = more.annotations?.[REF_NAME];
  return { descriptor: { mediaType, digest, size }, tag, isExact: true, written: { mediaType, digest, size, ...more } };
}

function readEntry(descriptor: Descriptor, written: unknown): IndexEntry {
  const name = descriptor.annotations?.get(REF_NAME) ?? "";
  if (isTag(name)) return { descriptor, tag: name, isExact: true, written };
  const reference = name === "" ? undefined : parseReference(name);
  const tag = reference === undefined || isProblem(reference) ? undefined : reference.tag;
  return { descriptor, tag, isExact: false, written };
}
