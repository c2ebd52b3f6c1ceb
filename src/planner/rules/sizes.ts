import type { Descriptor } from "../../model/descriptor.ts";
import type { Digest } from "../../model/digest.ts";
import { type ErrorDetails, ImgsyncError } from "../../model/error.ts";
import { subsetIndex } from "../../model/index-subset.ts";
import { checkImageLimits } from "../../model/image-limits.ts";
import {
  childKind,
  childrenOf,
  isForeignLayer,
  type Manifest,
  type ManifestContent,
  parseManifest,
  refusedType,
  tryParseManifest,
} from "../../model/manifest.ts";
import { attachmentPlaces, type Change } from "../../model/plan.ts";
import { formatReference, type Reference, type Repository } from "../../model/reference.ts";
import { pullQuotaOf } from "../../products/table.ts";
import type { Facts } from "../facts/facts.ts";
import type { Rule } from "./rule.ts";

/**
 * Adds the transfer size to a change, or an error if a manifest below the source is missing or invalid. Asks only for changes that move an
 * image. Hosts with a pull quota are asked only if `sizes` is set, because each manifest read counts as a pull.
 */
export const sizes: Rule =
  ({ facts, options }) =>
  (change) => {
    const { action, source } = change;
    // docker images were measured when they were compared
    if ((action !== "create" && action !== "update") || change.engine === "docker" || source.kind !== "registry")
      return change;
    try {
      refuseType(change, source.reference, facts);
      if (options.sizes !== true && pullQuotaOf(source.reference.repository.host) !== undefined) return change;
      return withSize(change, facts);
    } catch (thrown) {
      if (!(thrown instanceof ImgsyncError)) throw thrown;
      return { ...change, action: "error", error: thrown.details };
    }
  };

/**
 * Returns the blobs of a source image and its attachments, without duplicates. Returns undefined if facts are missing.
 * @throws ImgsyncError if a manifest is missing or invalid
 */
export function blobsUnder(change: Change, facts: Facts): readonly Descriptor[] | undefined {
  const { source, sourceDigest } = change;
  if (source.kind !== "registry" || sourceDigest === undefined) return [];
  const { repository } = source.reference;
  const blobs = collect(change, repository, sourceDigest, facts);
  const attached = attachedBlobs(change, attachmentPlaces(change)?.source ?? repository, facts);
  return blobs && attached && [...new Map([...blobs, ...attached]).values()];
}

function withSize(change: Change, facts: Facts): Change | undefined {
  if (change.sourceDigest === undefined) return change;
  const all = blobsUnder(change, facts);
  if (all === undefined) return undefined;
  const moved = all.filter((blob) => !isForeignLayer(blob));
  const left = all.length - moved.length;
  const bytes = moved.reduce((sum, { size }) => sum + size, 0);
  if (left === 0) return { ...change, bytes };
  const note = left === 1 ? "1 foreign layer stays at its URL" : `${left} foreign layers stay at their URLs`;
  return { ...change, bytes, notes: [...change.notes, note] };
}

/** Refuses a type that the lookup of the source has already reported, without another question. */
function refuseType({ sourceDigest }: Change, reference: Reference, facts: Facts): void {
  const type = facts.knownType(reference);
  const message = type === undefined ? undefined : refusedType(type);
  if (message !== undefined && sourceDigest !== undefined)
    throw sourceError(reference.repository, sourceDigest, { code: "CONTENT_REFUSED", message });
}

/** Proceeds level by level, so that all manifests of a level are requested at once. */
function collect(
  change: Change,
  repository: Repository,
  top: Digest,
  facts: Facts,
): ReadonlyMap<Digest, Descriptor> | undefined {
  const blobs = new Map<Digest, Descriptor>();
  const seen = new Set<Digest>([top]);
  let level: readonly Pick<Descriptor, "digest">[] = [{ digest: top }];
  let isWhole = true;
  for (let depth = 1; level.length > 0; depth += 1) {
    const next = new Map<Digest, Descriptor>();
    for (const child of level) {
      const content = read(repository, child, facts);
      if (content === undefined) isWhole = false;
      if (content === undefined) continue;
      if ("size" in content) {
        blobs.set(content.digest, content);
        continue;
      }
      const manifest = parse(depth === 1 ? chosen(change, content) : content, repository);
      addBlobs(manifest, blobs);
      for (const one of manifestsIn(manifest)) if (!seen.has(one.digest)) next.set(one.digest, one);
      const reference = formatReference({ repository, digest: content.descriptor.digest });
      checkImageLimits(manifest, { depth, nodes: seen.size + next.size, side: "source", reference });
    }
    if (!isWhole) return undefined;
    for (const digest of next.keys()) seen.add(digest);
    level = [...next.values()];
  }
  return blobs;
}

/** Missing or invalid attachments are reported when they are copied: the image itself may be fine. */
function attachedBlobs(
  { attachments = [] }: Change,
  repository: Repository,
  facts: Facts,
): ReadonlyMap<Digest, Descriptor> | undefined {
  const answers = attachments.map(({ digest }) => facts.readManifest({ repository, digest }));
  if (answers.includes(undefined)) return undefined;
  const blobs = new Map<Digest, Descriptor>();
  for (const answer of answers) {
    const manifest = answer?.kind === "found" ? tryParseManifest(answer.value) : undefined;
    if (manifest !== undefined) addBlobs(manifest, blobs);
  }
  return blobs;
}

function addBlobs(manifest: Manifest, blobs: Map<Digest, Descriptor>): void {
  const direct =
    manifest.kind === "index"
      ? manifest.manifests.filter((child) => childKind(child) === "blob")
      : childrenOf(manifest);
  for (const blob of direct) blobs.set(blob.digest, blob);
}

/** Children that may be manifests. */
function manifestsIn(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === "index" ? manifest.manifests.filter((child) => childKind(child) !== "blob") : [];
}

function chosen({ platforms }: Change, content: ManifestContent): ManifestContent {
  return platforms === "all" ? content : subsetIndex(content, platforms).content;
}

/** Returns the manifest. If the source has no such manifest and the type is unclear, the child is a blob: returns its descriptor. */
function read(
  repository: Repository,
  child: Descriptor | Pick<Descriptor, "digest">,
  facts: Facts,
): ManifestContent | Descriptor | undefined {
  const { digest } = child;
  const answer = facts.readManifest({ repository, digest });
  if (answer === undefined) return undefined;
  if (answer.kind === "found") return answer.value;
  if (answer.kind === "absent" && "size" in child && childKind(child) === "unclear") return child;
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

function missing(digest: Digest): ErrorDetails {
  return {
    code: "CONTENT_MISSING",
    message: `the source refers to the manifest "${digest}" but does not have it`,
    hint: "the source is incomplete: push it again, or choose the platforms that are there",
  };
}

function sourceError(repository: Repository, digest: Digest, error: ErrorDetails): ImgsyncError {
  return new ImgsyncError({ side: "source", reference: formatReference({ repository, digest }), ...error });
}
