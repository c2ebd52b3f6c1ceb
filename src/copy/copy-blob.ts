import { createSingleFlight } from "../async/single-flight.ts";
import { untilAborted } from "../async/until-aborted.ts";
import type { Descriptor } from "../model/descriptor.ts";
import { formatReference, formatRepository, type Repository } from "../model/reference.ts";
import type { BlobStore, BlobUpload } from "../model/store.ts";
import { withSide } from "../http/error.ts";
import { LIMITS } from "../http/limits.ts";
import { deliverSmall } from "./deliver-small.ts";
import { createGatherings } from "./gathering.ts";
import type { Ledger } from "./ledger.ts";
import { createSemaphore } from "../async/semaphore.ts";
import { type Sink, transfer, type TransferOptions } from "./transfer.ts";

export type BlobCopy = {
  readonly descriptor: Descriptor;
  readonly source: Repository;
  readonly target: Repository;
  /** Called with the number of bytes sent to this target, by this copy or by another one of the same blob. Shows progress. */
  readonly onBytes: (count: number) => void;
  /** Called with the number of bytes that count as sent by this copy: an upload that several copies share counts for one of them. */
  readonly onSent: (count: number) => void;
  readonly signal: AbortSignal;
};

/** Copies blobs to repositories with as few requests as is safe: reused, mounted or streamed. */
export type BlobCopier = { readonly copy: (request: BlobCopy) => Promise<void> };

type Listener = Pick<BlobCopy, "onBytes" | "onSent">;

type Options = {
  readonly blobs: Pick<BlobStore, "begin" | "open">;
  readonly ledger: Ledger;
  readonly retry: <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Maximum number of concurrent blob streams. */
  readonly transfers: number;
  /** The same for blobs that are held in memory. */
  readonly smallTransfers: number;
  readonly pace: TransferOptions;
};

/** A blob being copied to a host. `isReady` settles when its first attempt has joined a gathering, or has ended otherwise. */
type Arrival = { readonly done: Promise<void>; readonly isReady: Promise<void> };

export function createBlobCopier({ blobs, ledger, retry, transfers, smallTransfers, pace }: Options): BlobCopier {
  const gatherings = createGatherings();
  const slots = createSemaphore(transfers);
  const smallSlots = createSemaphore(smallTransfers);
  const jobs = createSingleFlight<void>();
  /** The copies that wait for each job. The first of them is credited with its bytes. */
  const listeners = new Map<string, Set<Listener>>();
  const arrivals = new Map<string, Arrival>();
  const lostHosts = new Set<string>();

  /** Runs one job per blob and repository. Callers share its progress and result. */
  const copy = async (request: BlobCopy): Promise<void> => {
    const { descriptor, target, signal } = request;
    if (ledger.has(target, descriptor.digest)) return;
    const key = formatReference({ repository: target, digest: descriptor.digest });
    const waiting = listeners.get(key) ?? new Set();
    listeners.set(key, waiting.add(request));
    const onBytes = (count: number): void => waiting.forEach((listener) => listener.onBytes(count));
    const onSent = (count: number): void => waiting.values().next().value?.onSent(count);
    try {
      await jobs(key, signal, (own) => bring({ ...request, onBytes, onSent, signal: own }));
    } finally {
      waiting.delete(request);
      if (waiting.size === 0 && listeners.get(key) === waiting) listeners.delete(key);
    }
  };

  /** Copies a blob to each host once. Other repositories of that host wait for it, then mount it. */
  const bring = async (request: BlobCopy): Promise<void> => {
    const { descriptor, target, signal } = request;
    const { digest } = descriptor;
    const key = arrivalKey(target.host, descriptor);
    const isThere = (): boolean => ledger.holder(target.host, digest) !== undefined;
    for (let other = arrivals.get(key); other !== undefined && !isThere(); other = arrivals.get(key))
      await untilAborted(
        other.done.catch(() => undefined),
        signal,
      );
    const { promise: isReady, resolve: markReady } = Promise.withResolvers<void>();
    const attempt = (): Promise<void> => attemptOnce(request, markReady).finally(markReady);
    const isFirst = !isThere();
    const done = retry(attempt, signal)
      .then(() => ledger.add(target, digest))
      .finally(() => isFirst && arrivals.delete(key));
    if (isFirst) arrivals.set(key, { done, isReady });
    return done;
  };

  const attemptOnce = async (request: BlobCopy, markReady: () => void): Promise<void> => {
    const { descriptor, source, target, signal } = request;
    const holder = ledger.holder(target.host, descriptor.digest);
    const send = await blobs.begin({ descriptor, source, target, holder, signal });
    if (send === undefined) return;
    await upload(request, send, markReady);
  };

  const upload = async (request: BlobCopy, send: BlobUpload, markReady: () => void): Promise<void> => {
    const { descriptor, source, target, onBytes, onSent, signal } = request;
    const sink: Sink = {
      onBytes: (count) => {
        onBytes(count);
        onSent(count);
      },
      send: async (body) => {
        try {
          await send(body);
        } catch (thrown) {
          throw withSide(thrown, "target", formatRepository(target));
        }
      },
    };
    const joined = gatherings.join(descriptor.digest, sink, {
      callOthers: () => callOthers(request),
      read: (sinks, own) => {
        const open = (): Promise<AsyncIterable<Uint8Array>> => blobs.open(source, descriptor, { signal: own });
        if (descriptor.size <= LIMITS.smallBlobBytes) return smallSlots.run(own, () => deliverSmall(open, sinks));
        return slots.run(own, () => transfer(open, sinks, pace));
      },
      signal,
    });
    markReady();
    const result = await joined;
    if (result.kind === "done") return;
    throw result.side === "source" ? withSide(result.error, "source", formatRepository(source)) : result.error;
  };

  /** Starts the copy to one repository of each other host that needs the blob, so that one read serves all. */
  const callOthers = (request: BlobCopy): readonly Promise<void>[] => {
    const { descriptor, target } = request;
    const others = ledger.awaiting(descriptor.digest, target.host).filter(({ host }) => !lostHosts.has(host));
    return others.map(async (other) => {
      const key = arrivalKey(other.host, descriptor);
      if (!arrivals.has(key)) {
        // the host's own change will hit and report the same error; until then, do not wait for this host again
        copy({ ...request, target: other, onBytes: () => undefined }).catch(
          () => request.signal.aborted || lostHosts.add(other.host),
        );
      }
      await arrivals.get(key)?.isReady;
    });
  };

  return { copy };
}

function arrivalKey(host: string, { digest }: Descriptor): string {
  return `${host} ${digest}`;
}
