import { isOthersDeadline, takePart, untilAborted } from "../model/deadline.ts";
import type { Descriptor } from "../model/descriptor.ts";
import { formatReference, formatRepository, type Repository } from "../model/reference.ts";
import type { Blobs, UploadSession } from "../registry/blobs.ts";
import { onceMore, RegistryError, withSide } from "../http/error.ts";
import { createGatherings } from "./gathering.ts";
import type { Ledger } from "./ledger.ts";
import { createMounts } from "./mounts.ts";
import { createSemaphore } from "../async/semaphore.ts";
import { type Sink, transfer, type TransferOptions } from "./transfer.ts";

export type BlobCopy = {
  readonly descriptor: Descriptor;
  readonly source: Repository;
  readonly target: Repository;
  /** Bytes on their way to this target. */
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal;
};

/** Brings blobs to repositories: found there, mounted, or streamed, each with the fewest requests that are safe. */
export type BlobCopier = { readonly copy: (request: BlobCopy) => Promise<void> };

type Options = {
  readonly blobs: Blobs;
  readonly ledger: Ledger;
  readonly retry: <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** How many blobs stream at the same time. */
  readonly transfers: number;
  readonly pace: TransferOptions;
};

type Job = { readonly done: Promise<void>; readonly listeners: Set<(count: number) => void> };

/** A blob on its way to a host. `isReady` settles when its first try has joined a reading, or has ended in any other way. */
type Arrival = { readonly done: Promise<void>; readonly isReady: Promise<void> };

/** So many looks in a row without a clear answer, and the host is not asked any more whether it has a blob. */
const UNCLEAR_LOOKS = 3;

export function createBlobCopier({ blobs, ledger, retry, transfers, pace }: Options): BlobCopier {
  const mounts = createMounts(blobs);
  const gatherings = createGatherings();
  const slots = createSemaphore(transfers);
  const jobs = new Map<string, Job>();
  const arrivals = new Map<string, Arrival>();
  const lostHosts = new Set<string>();
  const unclearLooks = new Map<string, number>();

  /** One job per blob and repository; whoever comes later listens in. */
  const copy = (request: BlobCopy): Promise<void> => takePart(() => joinOrBegin(request), request.signal);

  const joinOrBegin = async (request: BlobCopy): Promise<void> => {
    const { descriptor, target, onBytes } = request;
    if (ledger.has(target, descriptor.digest)) return;
    const key = formatReference({ repository: target, digest: descriptor.digest });
    const known = jobs.get(key);
    if (known !== undefined) {
      known.listeners.add(onBytes);
      return known.done;
    }
    const listeners = new Set([onBytes]);
    const tell = (count: number): void => listeners.forEach((listener) => listener(count));
    const done = bring({ ...request, onBytes: tell }).finally(() => jobs.delete(key));
    jobs.set(key, { done, listeners });
    return done;
  };

  /** One arrival per blob and host; further repositories of that host wait for it and mount. */
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
    const { descriptor, target, signal } = request;
    const session = await openUpload(request);
    if (session === undefined) return;
    await upload(request, session, markReady);
    ledger.add(target, descriptor.digest);
    await mounts.learn(target, descriptor.digest, signal);
  };

  /** Undefined: the blob is in the repository now. A session: it is not, and the upload is open. */
  const openUpload = async (request: BlobCopy): Promise<UploadSession | undefined> => {
    const { descriptor, source, target, signal } = request;
    const tells = mounts.tells(target.host);
    const holders = [
      ledger.holder(target.host, descriptor.digest),
      source.host === target.host ? source : undefined,
      tells ? target : undefined,
    ];
    const from = holders.find((one) => one !== undefined && !mounts.isRefused(target.host, one));
    const session = from === undefined ? "refused" : await mount(request, from);
    if (session === "refused") return (await isThere(request)) ? undefined : open(request);
    if (session === undefined || tells || !(await isThere(request))) return session;
    await blobs.cancel(session, { signal });
    return undefined;
  };

  /** What a registry does not answer clearly is uploaded: at worst, bytes are sent that it has already. */
  const isThere = async ({ descriptor, target, signal }: BlobCopy): Promise<boolean> => {
    const { host } = target;
    const unclear = unclearLooks.get(host) ?? 0;
    if (unclear >= UNCLEAR_LOOKS) return false;
    const presence = await blobs.look(target, descriptor.digest, { signal });
    unclearLooks.set(host, presence === "unknown" ? unclear + 1 : 0);
    return presence === "there";
  };

  const mount = async (request: BlobCopy, from: Repository): Promise<UploadSession | "refused" | undefined> => {
    const { descriptor, target, signal } = request;
    try {
      const started = await blobs.start(target, { signal, mount: { digest: descriptor.digest, from } });
      return started.kind === "mounted" ? undefined : started.session;
    } catch (thrown) {
      // the mount itself may be refused, also by the token service, for want of a permission or of the feature
      if (!isRefusal(thrown)) throw thrown;
      mounts.noteRefusal(target.host, from);
      return "refused";
    }
  };

  const open = async ({ target, signal }: BlobCopy): Promise<UploadSession> => {
    const started = await blobs.start(target, { signal });
    if (started.kind === "open") return started.session;
    throw new Error("a POST without mount cannot mount");
  };

  const upload = async (request: BlobCopy, session: UploadSession, markReady: () => void): Promise<void> => {
    const { descriptor, source, target, onBytes, signal } = request;
    const sink: Sink = {
      onBytes,
      send: async (body) => {
        try {
          await blobs.finish(session, descriptor, body, { signal });
        } catch (thrown) {
          if (await isCommitted(thrown, request)) return;
          throw withSide(toRestart(thrown), "target", formatRepository(target));
        }
      },
    };
    const joined = gatherings.join(descriptor.digest, sink, {
      callOthers: () => callOthers(request),
      read: (sinks) => slots.run(signal, () => transfer(() => blobs.open(source, descriptor, { signal }), sinks, pace)),
    });
    markReady();
    const result = await untilAborted(joined, signal);
    if (result.kind === "done") return;
    // another change that takes part in the reading was given up, and the reading with it
    if (isOthersDeadline(result.error, signal)) throw onceMore(readingEnded(descriptor));
    throw result.side === "source" ? withSide(result.error, "source", formatRepository(source)) : result.error;
  };

  /** One repository of each other host that will need the blob, so that one reading serves them all. */
  const callOthers = (request: BlobCopy): readonly Promise<void>[] => {
    const { descriptor, target } = request;
    const others = ledger.awaiting(descriptor.digest, target.host).filter(({ host }) => !lostHosts.has(host));
    return others.map(async (other) => {
      const key = arrivalKey(other.host, descriptor);
      if (!arrivals.has(key)) {
        // its own change will meet the same error and tell it; until then nobody waits for that host again
        copy({ ...request, target: other, onBytes: () => undefined }).catch(() => lostHosts.add(other.host));
      }
      await arrivals.get(key)?.isReady;
    });
  };

  /** After a PUT whose answer was lost, the registry may have the blob: a HEAD decides, never a second PUT. */
  const isCommitted = async (thrown: unknown, { descriptor, target, signal }: BlobCopy): Promise<boolean> => {
    if (signal.aborted || !(thrown instanceof RegistryError)) return false;
    const { status } = thrown.facts;
    const isUnclear = status === undefined || status < 400 || status >= 500 || status === 404;
    if (!isUnclear) return false;
    const presence = await blobs.look(target, descriptor.digest, { signal, isOnce: true }).catch(() => undefined);
    return presence === "there";
  };

  return { copy };
}

function readingEnded({ digest }: Descriptor): RegistryError {
  const message = `the reading of the blob "${digest}" ended with another change`;
  return new RegistryError({ code: "REGISTRY_TIMEOUT", message });
}

/** An upload that the registry has forgotten, or whose bytes changed on the way, may do better from its beginning. */
function toRestart(thrown: unknown): unknown {
  if (!(thrown instanceof RegistryError)) return thrown;
  const { status, items = [] } = thrown.facts;
  const isLost = status === 404 || (status === 400 && items.some(({ code }) => RESTARTABLE.has(code)));
  return isLost ? onceMore(thrown) : thrown;
}

const RESTARTABLE: ReadonlySet<string> = new Set(["DIGEST_INVALID", "SIZE_INVALID", "BLOB_UPLOAD_INVALID"]);

function arrivalKey(host: string, { digest }: Descriptor): string {
  return `${host} ${digest}`;
}

/** An answer that says no, and not that the registry is busy. */
function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof RegistryError)) return false;
  const { status } = thrown.facts;
  if (thrown.code === "UNAUTHENTICATED" || status === 500 || status === 501) return true;
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
}
