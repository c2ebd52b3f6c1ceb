import { type Attachment, digestTag } from "../model/attachment.ts";
import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import type { ManifestContent } from "../model/manifest.ts";
import type { Reader } from "../model/ports.ts";
import { formatReference, formatRepository, type Repository } from "../model/reference.ts";
import { describeReferrer, type ReferrerEntry } from "../model/referrer-entry.ts";
import { holdsAll } from "../model/signature-tag.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { withSide } from "../http/error.ts";
import { copyBelow, type CopyTools, type ImageGraph, readGraph } from "./copy-image.ts";
import { putByDigest } from "./put-by-digest.ts";
import { putDigestTag } from "./put-digest-tag.ts";
import { addReferrers, isReferrersIndex } from "./referrers-index.ts";
import { createKeyedLock } from "../async/keyed-lock.ts";
import { createSemaphore } from "../async/semaphore.ts";
import { settleAll } from "../async/settle-all.ts";
import { createSingleFlight } from "../async/single-flight.ts";

export type AttachJob = {
  readonly attachments: readonly Attachment[];
  readonly source: Repository;
  readonly target: Repository;
  /** Called with the number of bytes that count as sent by this job. */
  readonly onSent: (count: number) => void;
  readonly signal: AbortSignal;
};

/** Copies signatures, SBOMs and other referrers. Resolves to warnings about those that could not be copied. */
export type Attacher = { readonly bring: (job: AttachJob) => Promise<readonly string[]> };

type Brought = {
  readonly warnings: readonly string[];
  /** Set if the target does not list it itself. */
  readonly unlisted?: { readonly subject: Digest; readonly entry: ReferrerEntry };
};

const AT_ONCE = 4;

/** Tags of the same image share their signatures, so each is copied to a repository once per run. */
export function createAttacher(client: RetryingStore, tools: CopyTools): Attacher {
  const brought = createSingleFlight<Brought>({ keepsResults: true });
  const slots = createSemaphore(AT_ONCE);

  /** One writer at a time per index or tag of signatures: what is there decides what is written, so that nothing is lost. */
  const inTurn = createKeyedLock();

  const bringOnce = (attachment: Attachment, job: AttachJob): Promise<Brought> => {
    const { subject, digest, tag } = attachment;
    const key = [formatRepository(job.source), formatRepository(job.target), subject, digest, tag].join(" ");
    return brought(key, job.signal, (signal) =>
      slots.run(signal, () => {
        const bring = (): Promise<Brought> => bringOne(attachment, { ...job, signal }, client, tools);
        return tag === undefined ? bring() : inTurn(`${formatRepository(job.target)} ${tag}`, bring);
      }),
    );
  };

  return {
    bring: async (job) => {
      const results = await settleAll(job.attachments.map((attachment) => bringOnce(attachment, job)));
      const unlisted = results.flatMap((one) => one.unlisted ?? []);
      const bySubject = Map.groupBy(unlisted, ({ subject }) => subject);
      const merged = await settleAll(
        [...bySubject].map(([subject, entries]) =>
          inTurn(`${formatRepository(job.target)} ${subject}`, () =>
            addToIndex(
              subject,
              entries.map(({ entry }) => entry),
              job,
              client,
            ),
          ),
        ),
      );
      return [...results.flatMap(({ warnings }) => warnings), ...merged.flat()];
    },
  };
}

async function bringOne(
  attachment: Attachment,
  job: AttachJob,
  client: RetryingStore,
  tools: CopyTools,
): Promise<Brought> {
  const { signal } = job;
  const { subject, digest, tag } = attachment;
  const graph = await readAttachment(digest, job, client.reader);
  if (typeof graph === "string") return warning(graph);
  const { content } = graph;
  if (tag !== undefined) return { warnings: await bringTag(tag, graph, job, client, tools) };
  const about = graph.manifest.subject?.digest;
  if (about !== undefined && about !== subject)
    return warning(
      `${digest} was left out: the source lists it as a referrer of ${subject}, but it refers to ${about}`,
    );
  await copyGraph(graph, job, tools);
  const put = { target: job.target, content, signal };
  const { isListed } = await onTarget(job, digest, () => putByDigest(client, put));
  return isListed ? { warnings: [] } : { warnings: [], unlisted: { subject, entry: describeReferrer(content) } };
}

/** Reads its manifest with everything below, or returns why it cannot be copied: anything can be listed as a referrer. */
async function readAttachment(
  digest: Digest,
  { source, signal }: AttachJob,
  reader: Reader,
): Promise<ImageGraph | string> {
  try {
    const content = await reader.readManifest({ repository: source, digest }, { signal });
    if (content === undefined) return `${digest}, which refers to the image, is not at the source`;
    return await readGraph(content, { reader, source, signal });
  } catch (thrown) {
    if (thrown instanceof ImgsyncError && thrown.code === "CONTENT_REFUSED")
      return `${digest}, which refers to the image, was left out: ${thrown.message}`;
    throw thrown;
  }
}

/** Writes one of cosign's tags, unless that would remove signatures. */
async function bringTag(
  tag: string,
  graph: ImageGraph,
  job: AttachJob,
  client: RetryingStore,
  tools: CopyTools,
): Promise<readonly string[]> {
  const { content } = graph;
  const target = { repository: job.target, tag };
  const { signal } = job;
  const observed = (await client.manifests.resolve(target, { signal }))?.digest;
  if (observed === content.descriptor.digest) return [];
  const there =
    observed === undefined
      ? undefined
      : await client.manifests.read({ repository: job.target, digest: observed }, { signal });
  if (there !== undefined && !mayReplace(there, content))
    return holds(there, content) ? [] : [`${formatReference(target)} has other signatures, which are kept`];
  await copyGraph(graph, job, tools);
  return putDigestTag(client, { target, content, observed, signal });
}

/** Adds entries to the index that replaces the referrers API, keeping existing ones. */
async function addToIndex(
  subject: Digest,
  entries: readonly ReferrerEntry[],
  { target: repository, signal }: AttachJob,
  client: RetryingStore,
): Promise<readonly string[]> {
  const target = { repository, tag: digestTag(subject) };
  const observed = (await client.manifests.resolve(target, { signal }))?.digest;
  const existing =
    observed === undefined ? undefined : await client.manifests.read({ repository, digest: observed }, { signal });
  if (existing !== undefined && !isReferrersIndex(existing))
    return [
      `${formatReference(target)} is not a list of referrers, so the copied referrers cannot be found through it`,
    ];
  const content = addReferrers(existing, entries);
  return content === undefined ? [] : putDigestTag(client, { target, content, observed, signal });
}

async function copyGraph(
  graph: ImageGraph,
  { source, target, onSent, signal }: AttachJob,
  tools: CopyTools,
): Promise<void> {
  const silent = { onBlobBytes: () => undefined, onBlobDone: () => undefined };
  await copyBelow({ graph, source, target, mayShare: true, signal, onSent, ...silent }, tools);
}

async function onTarget<T>({ target }: AttachJob, digest: Digest, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (thrown) {
    throw withSide(thrown, "target", formatReference({ repository: target, digest }));
  }
}

function mayReplace(there: ManifestContent, content: ManifestContent): boolean {
  return holds(content, there);
}

/** An unknown manifest contains none of the entries and is not replaced. */
function holds(one: ManifestContent, other: ManifestContent): boolean {
  try {
    return holdsAll(one, other);
  } catch (thrown) {
    if (thrown instanceof ImgsyncError) return false;
    throw thrown;
  }
}

function warning(text: string): Brought {
  return { warnings: [text] };
}
