import { Readable } from "node:stream";
import { untilAborted } from "../async/until-aborted.ts";
import type { BlobUpload, BlobWrite, BlobWriter } from "../model/store.ts";
import type { Repository } from "../model/reference.ts";
import { onceMore, RegistryError } from "../http/error.ts";
import type { Blobs, UploadSession } from "./blobs.ts";
import { readAtMost } from "../http/body.ts";
import { LIMITS } from "../http/limits.ts";
import { createMounts } from "./mounts.ts";

/** After this many consecutive unclear responses, the host is not asked for existing blobs anymore. */
const UNCLEAR_LOOKS = 3;

/** Writes blobs with as few requests as is safe: reuses an existing blob, mounts it, or uploads it in one PUT. */
export function createBlobWriter(blobs: Blobs): BlobWriter {
  const mounts = createMounts(blobs);
  const unclearLooks = new Map<string, number>();

  /** Reports whether the blob exists. If unclear, the blob is uploaded: at worst, existing bytes are sent again. */
  const isThere = async ({ descriptor, target, signal }: BlobWrite): Promise<boolean> => {
    const { host } = target;
    const unclear = unclearLooks.get(host) ?? 0;
    if (unclear >= UNCLEAR_LOOKS) return false;
    const presence = await blobs.look(target, descriptor.digest, { signal });
    unclearLooks.set(host, presence === "unknown" ? unclear + 1 : 0);
    return presence === "there";
  };

  const mount = async (write: BlobWrite, from: Repository): Promise<UploadSession | "refused" | undefined> => {
    const { descriptor, target, signal } = write;
    const { promise: isAnswered, resolve: markAnswered } = Promise.withResolvers<void>();
    const first = mounts.first(target.host, from, isAnswered);
    if (first !== undefined) await untilAborted(first, signal);
    if (mounts.isRefused(target.host, from)) return "refused";
    try {
      const started = await blobs.start(target, { signal, mount: { digest: descriptor.digest, from } });
      return started.kind === "mounted" ? undefined : started.session;
    } catch (thrown) {
      // the registry or the token service may refuse the mount, for lack of permission or support
      if (!isRefusal(thrown)) throw thrown;
      mounts.noteRefusal(target.host, from);
      return "refused";
    } finally {
      markAnswered();
    }
  };

  const open = async ({ target, signal }: BlobWrite): Promise<UploadSession> => {
    const started = await blobs.start(target, { signal });
    if (started.kind === "open") return started.session;
    throw new Error("a POST without mount cannot mount");
  };

  /** Returns an open upload, or undefined if the repository already has the blob. */
  const openUpload = async (write: BlobWrite): Promise<UploadSession | undefined> => {
    const { source, target, holder, signal } = write;
    const showsExisting = mounts.showsExisting(target.host);
    const holders = [holder, source.host === target.host ? source : undefined, showsExisting ? target : undefined];
    const from = holders.find((one) => one !== undefined && !mounts.isRefused(target.host, one));
    const session = from === undefined ? "refused" : await mount(write, from);
    if (session === "refused") return (await isThere(write)) ? undefined : open(write);
    if (session === undefined || showsExisting || !(await isThere(write))) return session;
    await blobs.cancel(session, { signal });
    return undefined;
  };

  /** If the response to a PUT was lost, the registry may have the blob: a HEAD decides, never a second PUT. */
  const isCommitted = async (thrown: unknown, { descriptor, target, signal }: BlobWrite): Promise<boolean> => {
    if (signal.aborted || !(thrown instanceof RegistryError)) return false;
    const { status } = thrown.facts;
    const isUnclear = status === undefined || status < 400 || status >= 500 || status === 404;
    if (!isUnclear) return false;
    const presence = await blobs.look(target, descriptor.digest, { signal, isOnce: true }).catch(() => undefined);
    return presence === "there";
  };

  return {
    begin: async (write): Promise<BlobUpload | undefined> => {
      const { descriptor, target, signal } = write;
      const session = await openUpload(write);
      if (session === undefined) return undefined;
      return async (body) => {
        try {
          await blobs.finish(session, descriptor, await sendable(body, descriptor), { signal });
        } catch (thrown) {
          if (!(await isCommitted(thrown, write))) throw toRestart(thrown);
        }
        await mounts.learn(target, descriptor.digest, signal);
      };
    },
  };
}

/** Bytes can be sent again after a challenge, and need no stream. */
async function sendable(
  body: AsyncIterable<Uint8Array>,
  { size }: BlobWrite["descriptor"],
): Promise<Uint8Array | Readable> {
  if (size <= LIMITS.smallBlobBytes) return readAtMost(body, size, "a small blob");
  return body instanceof Readable ? body : Readable.from(body);
}

/** An upload that the registry lost, or whose bytes were corrupted, may succeed from the start. */
function toRestart(thrown: unknown): unknown {
  if (!(thrown instanceof RegistryError)) return thrown;
  const { status, items = [] } = thrown.facts;
  const isLost = status === 404 || (status === 400 && items.some(({ code }) => RESTARTABLE.has(code)));
  return isLost ? onceMore(thrown) : thrown;
}

const RESTARTABLE: ReadonlySet<string> = new Set(["DIGEST_INVALID", "SIZE_INVALID", "BLOB_UPLOAD_INVALID"]);

/** Reports whether the response is a refusal and not an overload. */
function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof RegistryError)) return false;
  const { status } = thrown.facts;
  if (thrown.code === "UNAUTHENTICATED" || status === 500 || status === 501) return true;
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
}
