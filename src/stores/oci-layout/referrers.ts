import type { Descriptor } from "../../model/descriptor.ts";
import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { IMAGE_TYPES, INDEX_TYPES } from "../../model/manifest.ts";
import { formatRepository } from "../../model/reference.ts";
import { LIMITS } from "../../http/limits.ts";
import type { Layout } from "./blob-files.ts";
import type { LayoutIndex } from "./index-file.ts";
import { readManifestFile, subjectOf } from "./manifest-files.ts";

export type Referrers = {
  readonly list: (layout: Layout, index: LayoutIndex, asked: Asked) => Promise<readonly Descriptor[]>;
};

type Asked = { readonly digest: Digest; readonly signal: AbortSignal };

type Known = { readonly descriptor: Descriptor; readonly subject: Digest | undefined };

/** A layout has no referrers API. Each manifest in index.json is read once, and its `subject` is checked. */
export function createReferrers(): Referrers {
  const known = new Map<string, Known>();
  return { list: (layout, index, asked) => listReferrers(layout, index, asked, known) };
}

async function listReferrers(
  layout: Layout,
  { entries }: LayoutIndex,
  { digest, signal }: Asked,
  known: Map<string, Known>,
): Promise<readonly Descriptor[]> {
  const candidates = new Map(
    entries
      .map(({ descriptor }) => descriptor)
      .filter(({ mediaType }) => INDEX_TYPES.includes(mediaType) || IMAGE_TYPES.includes(mediaType))
      .map((descriptor) => [descriptor.digest, descriptor]),
  );
  if (candidates.size > LIMITS.referrers)
    throw new ImgsyncError({
      code: "LIMIT_EXCEEDED",
      reference: formatRepository(layout.repository),
      message: `index.json names ${candidates.size} manifests, more than the ${LIMITS.referrers} in which referrers are looked for`,
      hint: "to copy images without signatures and referrers, set referrers: false",
    });
  const found: Descriptor[] = [];
  for (const descriptor of candidates.values()) {
    const key = `${descriptor.digest} ${layout.root}`;
    const manifest = known.get(key) ?? (await read(layout, descriptor.digest, signal));
    if (manifest === undefined) continue;
    known.set(key, manifest);
    if (manifest.subject === digest) found.push(manifest.descriptor);
  }
  return found;
}

async function read(layout: Layout, digest: Digest, signal: AbortSignal): Promise<Known | undefined> {
  const content = await readManifestFile(layout, digest, signal);
  return content && { descriptor: content.descriptor, subject: subjectOf(content) };
}
