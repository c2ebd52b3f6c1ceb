import type { Descriptor } from "../../model/descriptor.ts";
import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { ListedImage } from "../../model/image-list.ts";
import {
  attestationSubject,
  type ImageManifest,
  isForeignLayer,
  isIndexType,
  parseManifest,
} from "../../model/manifest.ts";
import { formatReference } from "../../model/reference.ts";
import { LIMITS } from "../../http/limits.ts";
import type { ListRequest } from "./list-request.ts";
import { defined } from "../../model/defined.ts";

export type Details = Pick<ListedImage, "created" | "bytes">;

/** Codes that concern this image only and do not mean that the registry is down. */
const ABOUT_THE_IMAGE = new Set(["CONTENT_MISSING", "CONTENT_MISMATCH", "CONTENT_REFUSED", "LIMIT_EXCEEDED"]);

/** Reads time and size of one image. If they cannot be determined, warns instead of failing the whole list. */
export async function readDetails(descriptor: Descriptor, request: ListRequest): Promise<Details> {
  try {
    const manifests = await collect(descriptor.digest, request);
    const blobs = new Map<Digest, number>();
    for (const { config, layers } of manifests) {
      for (const blob of [config, ...layers]) if (!isForeignLayer(blob)) blobs.set(blob.digest, blob.size);
    }
    const created = await newest(manifests, request);
    const bytes = [...blobs.values()].reduce((sum, size) => sum + size, 0);
    return { bytes, ...defined({ created }) };
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError) || !ABOUT_THE_IMAGE.has(thrown.code)) throw thrown;
    const { repository, onWarning } = request;
    onWarning(
      `time and size are not known: ${thrown.message}`,
      formatReference({ repository, digest: descriptor.digest }),
    );
    return {};
  }
}

/** Collects all image manifests under a digest level by level, without attestations. */
async function collect(top: Digest, request: ListRequest): Promise<readonly ImageManifest[]> {
  const images: ImageManifest[] = [];
  const seen = new Set<Digest>([top]);
  let level: readonly Digest[] = [top];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > LIMITS.indexDepth || seen.size > LIMITS.descriptorsPerManifest) throw tooMuch(top);
    const next: Digest[] = [];
    for (const digest of level) {
      const manifest = await read(digest, request);
      if (manifest.kind === "image") images.push(manifest);
      else next.push(...manifest.manifests.filter(isImage).map((child) => child.digest));
    }
    level = [...new Set(next)].filter((digest) => !seen.has(digest));
    for (const digest of level) seen.add(digest);
  }
  return images;
}

function isImage(descriptor: Descriptor): boolean {
  if (attestationSubject(descriptor) !== undefined) return false;
  return isIndexType(descriptor.mediaType) || /manifest\.v[12]\+json$/.test(descriptor.mediaType);
}

async function read(
  digest: Digest,
  { client, repository, signal }: ListRequest,
): Promise<ReturnType<typeof parseManifest>> {
  const content = await client.reader.readManifest({ repository, digest }, { signal });
  if (content !== undefined) return parseManifest(content);
  throw new ImgsyncError({
    code: "CONTENT_MISSING",
    message: `${repository.host} has no manifest "${digest}", although it names it`,
  });
}

/** Returns the newest time of the images in an index, which has no time of its own. */
async function newest(manifests: readonly ImageManifest[], request: ListRequest): Promise<Date | undefined> {
  let found: Date | undefined;
  const configs = new Map(manifests.map(({ config }) => [config.digest, config]));
  for (const config of configs.values()) {
    const created = await request.client.reader.readCreated(request.repository, config, request);
    if (created !== undefined && (found === undefined || created > found)) found = created;
  }
  return found;
}

function tooMuch(digest: Digest): ImgsyncError {
  return new ImgsyncError({ code: "LIMIT_EXCEEDED", message: `the index "${digest}" has too much under it` });
}
