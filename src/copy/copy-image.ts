import type { Descriptor } from "../model/descriptor.ts";
import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import { checkImageLimits } from "../model/image-limits.ts";
import {
  childKind,
  childrenOf,
  isForeignLayer,
  type Manifest,
  type ManifestContent,
  parseManifest,
} from "../model/manifest.ts";
import type { Clock, Reader } from "../model/ports.ts";
import { formatReference, formatRepository, type Repository } from "../model/reference.ts";
import { RegistryError, withSide } from "../http/error.ts";
import type { ManifestStore } from "../model/store.ts";
import type { BlobCopier } from "./copy-blob.ts";
import type { Ledger } from "./ledger.ts";
import { putByDigest } from "./put-by-digest.ts";
import { explainForeignLayers } from "./foreign-layers.ts";
import { settleAll } from "../async/settle-all.ts";
import type { SingleFlight } from "../async/single-flight.ts";
import type { Part, Visibility } from "./visibility.ts";

/** A manifest and everything below it, read from the source. A copy walks this graph leaves first. */
export type ImageGraph = {
  readonly content: ManifestContent;
  readonly manifest: Manifest;
  /** The graphs of an index's children, without duplicates. */
  readonly children: readonly ImageGraph[];
  /** Referenced content that is not a manifest, including foreign layers: config and layers, or the blobs of a cache index. */
  readonly blobs: readonly Descriptor[];
};

type GraphOptions = { readonly reader: Reader; readonly source: Repository; readonly signal: AbortSignal };

/**
 * Reads the graph below a manifest.
 * @throws ImgsyncError CONTENT_MISSING, CONTENT_REFUSED, LIMIT_EXCEEDED and what reading throws
 */
export async function readGraph(content: ManifestContent, options: GraphOptions): Promise<ImageGraph> {
  const { reader, source, signal } = options;
  // by digest and depth, so that a manifest with many references is walked once
  const graphs = new Map<string, Promise<ImageGraph>>();
  const nodes = new Set<Digest>([content.descriptor.digest]);

  const readNode = async (node: ManifestContent, depth: number): Promise<ImageGraph> => {
    const reference = formatReference({ repository: source, digest: node.descriptor.digest });
    const manifest = parsed(node, reference);
    if (manifest.kind === "index")
      for (const child of manifest.manifests) if (childKind(child) !== "blob") nodes.add(child.digest);
    checkImageLimits(manifest, { depth, nodes: nodes.size, side: "source", reference });
    if (manifest.kind === "image") return { content: node, manifest, children: [], blobs: childrenOf(manifest) };
    const distinct = [...new Map(manifest.manifests.map((child) => [child.digest, child])).values()];
    const found = await Promise.all(distinct.map(async (child) => (await readChild(child, depth + 1)) ?? child));
    return {
      content: node,
      manifest,
      children: found.flatMap((one) => ("manifest" in one ? [one] : [])),
      blobs: found.flatMap((one) => ("manifest" in one ? [] : [one])),
    };
  };

  /** Returns undefined if the child is a blob. */
  const readChild = async (child: Descriptor, depth: number): Promise<ImageGraph | undefined> => {
    const kind = childKind(child);
    if (kind === "blob") return undefined;
    const { digest } = child;
    const content = await reader.readManifest({ repository: source, digest }, { signal });
    if (content === undefined) {
      if (kind === "unclear") return undefined;
      throw missing(source, digest);
    }
    const key = `${depth} ${digest}`;
    const graph = graphs.get(key) ?? readNode(content, depth);
    graphs.set(key, graph);
    return graph;
  };

  return readNode(content, 1);
}

/** Returns the blobs to copy, without duplicates. Foreign layers are not copied. */
export function blobsOf(graph: ImageGraph): readonly Descriptor[] {
  const found = new Map<Digest, Descriptor>();
  for (const { blobs } of nodesOf(graph))
    for (const blob of blobs) if (!isForeignLayer(blob)) found.set(blob.digest, blob);
  return [...found.values()];
}

/** Returns all graphs, including this one, without duplicates. */
function nodesOf(graph: ImageGraph): Iterable<ImageGraph> {
  const seen = new Set<ImageGraph>();
  const visit = (node: ImageGraph): void => {
    if (seen.has(node)) return;
    seen.add(node);
    node.children.forEach(visit);
  };
  visit(graph);
  return seen;
}

export type ImageCopy = {
  readonly graph: ImageGraph;
  readonly source: Repository;
  readonly target: Repository;
  /** The target tag exists and may share content with the image, so children are checked before they are walked. */
  readonly mayShare: boolean;
  /** Called with the bytes of a blob that are sent to the target, by this change or by another one. Shows progress. */
  readonly onBlobBytes: (blob: Descriptor, count: number) => void;
  /** Called with the bytes that count as sent by this change. */
  readonly onSent: (count: number) => void;
  readonly onBlobDone: (blob: Descriptor) => void;
  readonly signal: AbortSignal;
};

export type CopyTools = {
  readonly manifests: ManifestStore;
  readonly blobs: BlobCopier;
  readonly ledger: Ledger;
  readonly visibility: Visibility;
  /** Shares work between tags of the same image and indexes with a common child. */
  readonly shared: SingleFlight<void>;
  readonly retry: <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly clock: Clock;
};

/** Copies everything below the top manifest to the target, leaves first. The caller writes the top manifest. */
export async function copyBelow(copy: ImageCopy, tools: CopyTools): Promise<void> {
  const { graph, source, target } = copy;
  const { digest } = graph.content.descriptor;
  if (!tools.ledger.has(target, digest)) {
    await tools.shared(
      `below ${formatReference({ repository: target, digest })} from ${formatRepository(source)}`,
      copy.signal,
      async (signal) => {
        await settleAll([
          ...graph.children.map((child) => copyChild({ ...copy, graph: child, signal }, tools)),
          ...graph.blobs.map((blob) => copyBlob(blob, { ...copy, signal }, tools)),
        ]);
      },
    );
  }
  blobsOf(graph).forEach(copy.onBlobDone);
}

/** Writes the top manifest. If the registry reports missing content, waits for it, and finally copies it again. */
export async function putWhenKnown<T>(put: () => Promise<T>, copy: ImageCopy, tools: CopyTools): Promise<T> {
  const { graph, target, signal } = copy;
  const hasForeignLayers = graph.blobs.some(isForeignLayer);
  try {
    return await tools.visibility(put, {
      target,
      parts: partsOf(graph),
      hasForeignLayers,
      signal,
      restore: async () => {
        forgetAll(graph, target, tools.ledger);
        await copyBelow({ ...copy, mayShare: false }, tools);
      },
    });
  } catch (thrown) {
    throw hasForeignLayers ? explainForeignLayers(thrown) : thrown;
  }
}

function partsOf({ children, blobs }: ImageGraph): readonly Part[] {
  return [
    ...children.map(({ content }): Part => ({ kind: "manifest", digest: content.descriptor.digest })),
    ...blobs.filter((blob) => !isForeignLayer(blob)).map(({ digest }): Part => ({ kind: "blob", digest })),
  ];
}

function forgetAll(graph: ImageGraph, target: Repository, ledger: Ledger): void {
  for (const { content } of nodesOf(graph)) ledger.forget(target, content.descriptor.digest);
  for (const { digest } of blobsOf(graph)) ledger.forget(target, digest);
}

async function copyChild(copy: ImageCopy, tools: CopyTools): Promise<void> {
  const { graph, source, target } = copy;
  const { digest } = graph.content.descriptor;
  const reference = formatReference({ repository: target, digest });
  if (!tools.ledger.has(target, digest)) {
    const bring = async (signal: AbortSignal): Promise<void> => {
      try {
        const isThere =
          copy.mayShare && (await tools.manifests.resolve({ repository: target, digest }, { signal })) !== undefined;
        if (!isThere) {
          const own = { ...copy, signal };
          await copyBelow(own, tools);
          // writing the same bytes again is safe by digest, but not by tag
          const put = { target, content: graph.content, signal };
          await putWhenKnown(() => putByDigest(tools, put), own, tools);
        }
        tools.ledger.add(target, digest);
      } catch (thrown) {
        throw withSide(thrown, "target", reference);
      }
    };
    await tools.shared(`child ${reference} from ${formatRepository(source)}`, copy.signal, bring);
  }
  blobsOf(graph).forEach(copy.onBlobDone);
}

async function copyBlob(
  blob: Descriptor,
  { source, target, onBlobBytes, onSent, onBlobDone, signal }: ImageCopy,
  { blobs }: CopyTools,
): Promise<void> {
  if (!isForeignLayer(blob)) {
    try {
      const onBytes = (count: number): void => onBlobBytes(blob, count);
      await blobs.copy({ descriptor: blob, source, target, signal, onBytes, onSent });
    } catch (thrown) {
      throw withSide(thrown, "target", formatRepository(target));
    }
  }
  onBlobDone(blob);
}

function parsed(content: ManifestContent, reference: string): Manifest {
  try {
    return parseManifest(content);
  } catch (thrown) {
    throw thrown instanceof ImgsyncError
      ? new ImgsyncError({ side: "source", reference, ...thrown.details }, { cause: thrown })
      : thrown;
  }
}

function missing(source: Repository, digest: Digest): ImgsyncError {
  return new RegistryError({
    code: "CONTENT_MISSING",
    side: "source",
    message: `the index names the manifest "${digest}", which is not there`,
    reference: formatReference({ repository: source, digest }),
    hint: "the image at the source is incomplete: choose the platforms that exist, or push it there again",
  });
}
