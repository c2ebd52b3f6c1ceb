import { createSingleFlight } from "../async/single-flight.ts";
import type { ManifestContent } from "../model/manifest.ts";
import type { Clock, Reader } from "../model/ports.ts";
import { formatReference } from "../model/reference.ts";
import type { BlobWriter, Store } from "../model/store.ts";
import type { Trace } from "../model/trace.ts";
import { type Blobs, createBlobs } from "./blobs.ts";
import { type Catalog, createCatalog } from "./catalog.ts";
import { readCreated } from "./created.ts";
import type { Timeouts } from "../http/limits.ts";
import { createManifests, type Manifests } from "./manifests.ts";
import { createPullLimits, type PullLimits } from "../http/pull-limits.ts";
import { createPullReserve } from "./pull-reserve.ts";
import { createRate, type Rate } from "../http/rate.ts";
import { createReferrers, type Referrers } from "./referrers.ts";
import { createTags, type Tags } from "./tags.ts";
import { createTransport, type TransportOptions } from "./transport.ts";
import { createBlobWriter } from "./write-blob.ts";

/** The store backed by registries, over one set of connections. */
export type RegistryClient = Store & {
  readonly blobs: Blobs & BlobWriter;
  readonly tags: Tags;
  readonly catalog: Catalog;
  readonly retry: <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Measured upload rates, of this client and earlier ones. */
  readonly rate: Rate;
  readonly pullLimits: PullLimits;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
};

export function createRegistryClient(options: TransportOptions & { readonly timeouts: Timeouts }): RegistryClient {
  const { rate = createRate() } = options;
  const pullLimits = createPullLimits();
  const transport = createTransport({ ...options, rate, pullLimits });
  const manifests = createManifests(transport, { timeouts: options.timeouts, reserve: createPullReserve(options) });
  const tags = createTags(transport);
  const referrers = createReferrers(transport);
  const blobs = createBlobs(transport, options);
  return {
    manifests,
    blobs: { ...blobs, ...createBlobWriter(blobs) },
    tags,
    catalog: createCatalog(transport),
    reader: createReader({ manifests, blobs, tags, referrers, trace: options.egress.trace }),
    retry: transport.retry,
    rate,
    pullLimits,
    clock: options.clock,
    timeouts: options.timeouts,
  };
}

type Parts = {
  readonly manifests: Manifests;
  readonly blobs: Blobs;
  readonly tags: Tags;
  readonly referrers: Referrers;
  readonly trace: Trace | undefined;
};

/** Reads each manifest once per run, even when requested concurrently: a manifest with a digest never changes. */
function createReader({ manifests, blobs, tags, referrers, trace }: Parts): Reader {
  const reads = createSingleFlight<ManifestContent | undefined>({ keepsResults: true });
  return {
    resolve: manifests.resolve,
    resolveByContent: async (reference, options) => {
      const content = await manifests.readTag(reference, options);
      if (content === undefined) return undefined;
      const { descriptor } = content;
      const key = formatReference({ repository: reference.repository, digest: descriptor.digest });
      await reads(key, options.signal, async () => content);
      return descriptor;
    },
    listTags: tags.list,
    listReferrers: referrers.list,
    readCreated: (repository, config, cancelling) => readCreated(blobs, repository, config, cancelling),
    readManifest: async (reference, options) => {
      const key = formatReference(reference);
      let isRead = false;
      const content = await reads(key, options.signal, (signal) => {
        isRead = true;
        return manifests.read(reference, { ...options, signal });
      });
      if (!isRead) trace?.({ type: "cache-hit", cache: "manifest", key });
      return content;
    },
  };
}
