import type { Descriptor } from "../model/descriptor.ts";
import type { Digest } from "../model/digest.ts";
import { type ErrorDetails, ImgsyncError } from "../model/error.ts";
import { subsetIndex } from "../model/index-subset.ts";
import {
  isForeignLayer,
  isIndexType,
  IMAGE_TYPES,
  type Manifest,
  type ManifestContent,
  parseManifest,
} from "../model/manifest.ts";
import type { Change } from "../model/plan.ts";
import { DOCKER_HUB, formatReference, type Repository } from "../model/reference.ts";
import type { Facts } from "./facts.ts";
import { foreseeEnds, type RateOf } from "./foresee-ends.ts";

const MAX_DEPTH = 8;
const MAX_MANIFESTS = 10_000;

export type MeasureOptions = { readonly sizes: boolean; readonly rateOf?: RateOf | undefined };

/**
 * The change with the size of what it may move, a note where credentials end before its largest blob is there, and an error in
 * its place where a manifest below the source is missing or
 * no good. Nothing is asked for changes that move nothing, nor of Docker Hub unless `sizes` says so: there each manifest
 * read counts as a pull. Undefined where facts are missing.
 */
export function measure(change: Change, facts: Facts, { sizes, rateOf }: MeasureOptions): Change | undefined {
  const { action, source, sourceDigest } = change;
  if ((action !== "create" && action !== "update") || source.kind !== "registry" || sourceDigest === undefined) {
    return change;
  }
  // what docker moves was read to compare it, and is measured already
  if (change.engine === "docker") return change;
  const { repository } = source.reference;
  if (repository.host === DOCKER_HUB && !sizes) return change;
  try {
    const blobs = collect(change, repository, sourceDigest, facts);
    const attached = attachedBlobs(change, repository, facts);
    if (blobs === undefined || attached === undefined) return undefined;
    const all = [...new Map([...blobs, ...attached]).values()];
    const moved = all.filter((blob) => !isForeignLayer(blob));
    const largest = moved.reduce((most, { size }) => Math.max(most, size), 0);
    return foreseeEnds(withSize(change, { moved, left: all.length - moved.length }), { largest, facts, rateOf });
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    return { ...change, action: "error", error: thrown.details };
  }
}

function withSize(change: Change, { moved, left }: { moved: readonly Descriptor[]; left: number }): Change {
  const bytes = moved.reduce((sum, { size }) => sum + size, 0);
  if (left === 0) return { ...change, bytes };
  const note = `${left} foreign ${left === 1 ? "layer stays" : "layers stay"} where their URLs say`;
  return { ...change, bytes, notes: [...change.notes, note] };
}

/** Level by level, so that all manifests of a level are asked for at once. */
function collect(
  change: Change,
  repository: Repository,
  top: Digest,
  facts: Facts,
): ReadonlyMap<Digest, Descriptor> | undefined {
  const blobs = new Map<Digest, Descriptor>();
  const seen = new Set<Digest>([top]);
  let level: readonly Digest[] = [top];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw tooMuch(repository, top, `indexes are nested more than ${MAX_DEPTH} deep`);
    const contents = level.map((digest) => read(repository, digest, facts));
    const known = contents.filter((content) => content !== undefined);
    if (known.length < contents.length) return undefined;
    const manifests = known.map((content) => parse(depth === 0 ? chosen(change, content) : content, repository));
    const children = manifests.flatMap((manifest) => (manifest.kind === "index" ? manifest.manifests : []));
    for (const manifest of manifests) addBlobs(manifest, blobs);
    level = [...new Set(children.filter(isManifest).map(({ digest }) => digest))].filter((digest) => !seen.has(digest));
    for (const digest of level) seen.add(digest);
    if (seen.size > MAX_MANIFESTS) throw tooMuch(repository, top, `it has more than ${MAX_MANIFESTS} manifests`);
  }
  return blobs;
}

/** What is missing or no good is told when it is brought: the image itself may be fine. */
function attachedBlobs(
  { attachments = [] }: Change,
  repository: Repository,
  facts: Facts,
): ReadonlyMap<Digest, Descriptor> | undefined {
  const answers = attachments.map(({ digest }) => facts.readManifest({ repository, digest }));
  if (answers.includes(undefined)) return undefined;
  const blobs = new Map<Digest, Descriptor>();
  for (const answer of answers) {
    const manifest = answer?.kind === "found" ? tryParse(answer.value) : undefined;
    if (manifest !== undefined) addBlobs(manifest, blobs);
  }
  return blobs;
}

function addBlobs(manifest: Manifest, blobs: Map<Digest, Descriptor>): void {
  const direct =
    manifest.kind === "index"
      ? manifest.manifests.filter((child) => !isManifest(child))
      : [manifest.config, ...manifest.layers];
  for (const blob of direct) blobs.set(blob.digest, blob);
}

function chosen({ platforms }: Change, content: ManifestContent): ManifestContent {
  return platforms === "all" ? content : subsetIndex(content, platforms).content;
}

function read(repository: Repository, digest: Digest, facts: Facts): ManifestContent | undefined {
  const reference = { repository, digest };
  const answer = facts.readManifest(reference);
  if (answer === undefined) return undefined;
  if (answer.kind === "found") return answer.value;
  throw sourceError(repository, digest, answer.kind === "failed" ? answer.error : missing(digest));
}

function parse(content: ManifestContent, repository: Repository): Manifest {
  try {
    return parseManifest(content);
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    throw sourceError(repository, content.descriptor.digest, thrown.details);
  }
}

function tryParse(content: ManifestContent): Manifest | undefined {
  try {
    return parseManifest(content);
  } catch (thrown) {
    if (thrown instanceof ImgsyncError) return undefined;
    throw thrown;
  }
}

function isManifest({ mediaType }: Descriptor): boolean {
  return isIndexType(mediaType) || IMAGE_TYPES.includes(mediaType);
}

function missing(digest: Digest): ErrorDetails {
  return {
    code: "CONTENT_MISSING",
    message: `the source refers to the manifest "${digest}" but does not have it`,
    hint: "the source is incomplete: push it again, or choose the platforms that are there",
  };
}

function tooMuch(repository: Repository, digest: Digest, message: string): ImgsyncError {
  return sourceError(repository, digest, { code: "LIMIT_EXCEEDED", message });
}

function sourceError(repository: Repository, digest: Digest, error: ErrorDetails): ImgsyncError {
  return new ImgsyncError({ side: "source", reference: formatReference({ repository, digest }), ...error });
}
