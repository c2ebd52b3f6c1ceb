import type { Descriptor } from "../model/descriptor.ts";
import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import { subsetIndex } from "../model/index-subset.ts";
import type { ManifestContent } from "../model/manifest.ts";
import { attachmentPlaces, type Change, isMoving } from "../model/plan.ts";
import type { Applied, ApplyOptions, Engine, Reader, Repaired } from "../model/ports.ts";
import { formatReference, type Repository } from "../model/reference.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { RegistryError } from "../http/error.ts";
import { type AttachJob, createAttacher } from "./attach.ts";
import { createBlobCopier } from "./copy-blob.ts";
import { blobsOf, copyBelow, type ImageGraph, putWhenKnown, readGraph } from "./copy-image.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createTagPut } from "./put-tag.ts";
import { repairImage } from "./repair.ts";
import { createSemaphore } from "../async/semaphore.ts";
import { createSingleFlight } from "../async/single-flight.ts";
import { createVisibility } from "./visibility.ts";

export type RegistryEngineOptions = {
  readonly client: RetryingStore;
  /** Maximum number of concurrent blob streams. */
  readonly transfers: number;
  /** The same for small blobs. At least `transfers`, which is the default. */
  readonly smallTransfers?: number;
};

/** Maximum number of images whose manifests are read at a time before the first copy. */
const PREPARING = 16;

/**
 * Copies directly between registries: nothing is unpacked or written to disk, and content that the target has is reused. Everything below a
 * tag is at the target before the tag appears.
 */
export function createRegistryEngine({ client, transfers, smallTransfers = transfers }: RegistryEngineOptions): Engine {
  const { manifests, reader, retry, clock, timeouts } = client;
  const ledger = createLedger();
  const pace = { clock, idleMs: timeouts.bodyIdleMs };
  const blobs = createBlobCopier({ blobs: client.blobs, ledger, retry, transfers, smallTransfers, pace });
  const visibility = createVisibility(client);
  const tools = { manifests, blobs, ledger, visibility, shared: createSingleFlight<void>(), retry, clock };

  const attacher = createAttacher(client, tools);

  /** The tag stays unchanged; the recheck verifies that it still has the planned digest. */
  const attach = async (change: Change, { signal, recheck }: ApplyOptions): Promise<Applied> => {
    const { wanted } = change;
    if (wanted === undefined) throw new Error("an image to attach to has no digest");
    await recheck();
    let transferredBytes = 0;
    const warnings = await attacher.bring(jobOf(change, signal, (count) => (transferredBytes += count)));
    return { digest: wanted, transferredBytes, notes: [], warnings };
  };

  const copy = async (change: Change, options: ApplyOptions): Promise<Applied> => {
    const { signal, mustNotMove = false, recheck } = options;
    const { target } = change;
    const source = sourceOf(change);
    const graph = await readChange(change, reader, signal);
    const { digest } = graph.content.descriptor;
    const meter = createMeter(graph, options);
    const whole = {
      graph,
      source,
      target: target.repository,
      mayShare: change.action === "update",
      signal,
      onBlobBytes: meter.add,
      onSent: meter.count,
      onBlobDone: meter.finish,
    };
    await copyBelow(whole, tools);
    const bring = (): Promise<readonly string[]> => attacher.bring(jobOf(change, signal, meter.count));
    // before the tag, so that the image is never visible without its signature; some registries require the image first
    const early = await bring().catch((thrown: unknown) => {
      if (!isClientError(thrown)) throw thrown;
      return undefined;
    });
    const finish = async (done: Digest): Promise<Applied> => {
      const warnings = early ?? (await bring());
      return { digest: done, transferredBytes: meter.transferred(), notes: [], warnings };
    };
    if ((await recheck()) === "done") return finish(digest);
    const observed = change.observed ?? undefined;
    const put = createTagPut(client, { target, content: graph.content, observed, mustNotMove, signal });
    const done = await putWhenKnown(put, whole, tools);
    ledger.add(target.repository, digest);
    return finish(done);
  };

  const repairs = createSingleFlight<Repaired>({ keepsResults: true });
  const reported = new Set<Repaired>();
  const repair: NonNullable<Engine["repair"]> = async (change, { signal, verify }) => {
    const { target, wanted } = change;
    if (wanted === undefined) throw new Error("the wanted digest is unknown");
    const reference = formatReference({ repository: target.repository, digest: wanted });
    const repaired = await repairs(reference, signal, (own) => {
      const readTop = (): Promise<ManifestContent> => readSource(change, reader, own);
      const request = { source: sourceOf(change), target: target.repository, wanted, readTop, verify, signal: own };
      return repairImage(request, { ...tools, reader, look: client.blobs.look });
    });
    // tags of the same image: the first one reports what was restored, and each reports a failure
    if (reported.has(repaired)) return { restoredBlobs: 0, restoredManifests: 0, transferredBytes: 0 };
    reported.add(repaired);
    return repaired;
  };

  return {
    prepare: (changes, { signal }) => prepare(changes, { reader, ledger, signal }),
    apply: (change, options) => (change.action === "attach" ? attach(change, options) : copy(change, options)),
    repair,
  };
}

/** Records in the ledger what the targets have, and where each blob will be needed. */
async function prepare(
  changes: readonly Change[],
  { reader, ledger, signal }: { readonly reader: Reader; readonly ledger: Ledger; readonly signal: AbortSignal },
): Promise<void> {
  for (const { action, target, wanted } of changes)
    if (action === "none" && wanted !== undefined) ledger.add(target.repository, wanted);
  const slots = createSemaphore(PREPARING);
  const copied = changes.filter((change) => isMoving(change) && change.action !== "attach");
  const hosts = new Set(copied.map(({ target }) => target.repository.host));
  // with one target host, no blob is shared between hosts, and manifests can be read later
  if (hosts.size < 2) return;
  await Promise.allSettled(
    copied.map((change) =>
      slots.run(signal, async () => {
        const graph = await readChange(change, reader, signal);
        if (ledger.has(change.target.repository, graph.content.descriptor.digest)) return;
        for (const { digest } of blobsOf(graph)) ledger.expect(change.target.repository, digest);
      }),
    ),
  );
}

async function readChange(change: Change, reader: Reader, signal: AbortSignal): Promise<ImageGraph> {
  return readGraph(await readSource(change, reader, signal), { reader, source: sourceOf(change), signal });
}

/** Reads the manifest for the target tag from the source. */
async function readSource(change: Change, reader: Reader, signal: AbortSignal): Promise<ManifestContent> {
  const source = sourceOf(change);
  const digest = change.sourceDigest;
  if (digest === undefined)
    throw new Error(`a change without a source digest cannot be applied: ${formatReference(change.target)}`);
  const content = await reader.readManifest({ repository: source, digest }, { signal });
  if (content === undefined) throw gone(source, digest);
  const top: ManifestContent = change.platforms === "all" ? content : subsetIndex(content, change.platforms).content;
  if (change.wanted !== undefined && top.descriptor.digest !== change.wanted) {
    throw new ImgsyncError({
      code: "CONTENT_MISMATCH",
      side: "source",
      message: `the image would arrive as ${top.descriptor.digest}, the plan says ${change.wanted}`,
      hint: "plan again",
    });
  }
  return top;
}

function sourceOf({ source }: Change): Repository {
  if (source.kind === "registry") return source.reference.repository;
  throw new Error("the registry engine cannot read local images");
}

function jobOf(change: Change, signal: AbortSignal, onSent: AttachJob["onSent"]): AttachJob {
  const { attachments = [] } = change;
  const places = attachmentPlaces(change);
  if (places === undefined) throw new Error("the registry engine cannot read local images");
  return { attachments, ...places, onSent, signal };
}

function isClientError(thrown: unknown): boolean {
  return thrown instanceof RegistryError && [400, 404, 412, 422].includes(thrown.facts.status ?? 0);
}

function gone(source: Repository, digest: Digest): ImgsyncError {
  return new ImgsyncError({
    code: "SOURCE_NOT_FOUND",
    side: "source",
    reference: formatReference({ repository: source, digest }),
    message: "the image no longer exists",
    hint: "plan again",
  });
}

type Meter = {
  readonly add: (blob: Descriptor, count: number) => void;
  readonly finish: (blob: Descriptor) => void;
  /** Counts bytes that this change sent. */
  readonly count: (sent: number) => void;
  readonly transferred: () => number;
};

/**
 * Counts progress per blob: up to its size, however often it is sent, and all of it if the target has it. Work that is shared with another
 * change may go on after this one has ended, which reports no more progress then.
 */
function createMeter(graph: ImageGraph, { onProgress, signal }: ApplyOptions): Meter {
  const wanted = blobsOf(graph);
  const totalBytes = wanted.reduce((sum, { size }) => sum + size, 0);
  const done = new Map<Digest, number>();
  let doneBytes = 0;
  let transferredBytes = 0;
  const advance = (digest: Digest, count: number): void => {
    doneBytes += count - (done.get(digest) ?? 0);
    done.set(digest, count);
    if (!signal.aborted) onProgress({ doneBytes, totalBytes });
  };
  return {
    add: ({ digest, size }, count) => advance(digest, Math.min(size, (done.get(digest) ?? 0) + count)),
    finish: ({ digest, size }) => advance(digest, size),
    count: (sent) => void (transferredBytes += sent),
    transferred: () => transferredBytes,
  };
}
