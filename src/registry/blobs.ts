import type { Readable } from "node:stream";
import type { Descriptor } from "../model/descriptor.ts";
import type { Digest } from "../model/digest.ts";
import type { Cancellable, Clock } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import type { BlobPresence, BlobReader } from "../model/store.ts";
import { RegistryError } from "../http/error.ts";
import type { Timeouts } from "../http/limits.ts";
import { openBlob } from "./read-blob.ts";
import type { Answer, Transport } from "./transport.ts";
import { defined } from "../model/defined.ts";

/** An open upload and its location. The location is opaque and long, and must not be printed. */
export type UploadSession = { readonly repository: Repository; readonly location: URL };

export type StartedUpload = { readonly kind: "mounted" } | { readonly kind: "open"; readonly session: UploadSession };

/** The `blobs` endpoints. OCI distribution-spec, "Pulling blobs" and "Pushing blobs". */
export type Blobs = BlobReader & {
  /** Starts an upload. With `mount`, tries to mount the blob from that repository first. */
  readonly start: (
    repository: Repository,
    options: Cancellable & { readonly mount?: { readonly digest: Digest; readonly from: Repository } },
  ) => Promise<StartedUpload>;
  /** Uploads all bytes in one PUT. No retry: a streamed body cannot be sent again. */
  readonly finish: (
    session: UploadSession,
    descriptor: Descriptor,
    body: Uint8Array | Readable,
    options: Cancellable,
  ) => Promise<void>;
  /** Cancels an unused upload. The response is ignored. */
  readonly cancel: (session: UploadSession, options: Cancellable) => Promise<void>;
};

export type BlobsOptions = { readonly timeouts: Timeouts; readonly clock: Clock };

export function createBlobs(transport: Transport, { timeouts, clock }: BlobsOptions): Blobs {
  return {
    look: async (repository, digest, { signal, isOnce = false }) => {
      const ask = async (attempt: number): Promise<BlobPresence> => {
        try {
          const answer = await transport.requestOnce({
            repository,
            access: "pull,push",
            method: "HEAD",
            to: `blobs/${digest}`,
            expect: [200, 404],
            what: "HEAD blob",
            why: "look for the blob at the target",
            attempt,
            signal,
          });
          if (answer.status === 404) return "absent";
          return isPage(answer) ? "unknown" : "there";
        } catch (thrown) {
          if (isUnclear(thrown) && (isOnce || !isBusy(thrown))) return "unknown";
          throw thrown;
        }
      };
      if (isOnce) return ask(1);
      return transport.retry(ask, signal).catch((thrown: unknown) => {
        if (isUnclear(thrown)) return "unknown" as const;
        throw thrown;
      });
    },
    open: (repository, descriptor, { signal }) => openBlob(transport, clock, { repository, descriptor, signal }),
    start: async (repository, { signal, mount }) => {
      const query =
        mount === undefined ? "" : `?${new URLSearchParams({ mount: mount.digest, from: mount.from.path }).toString()}`;
      const answer = await transport.request({
        repository,
        access: "pull,push",
        method: "POST",
        to: `blobs/uploads/${query}`,
        headers: { "content-length": "0" },
        expect: mount === undefined ? [202] : [201, 202],
        what: mount === undefined ? "POST upload" : "POST mount",
        why: mount === undefined ? "begin an upload" : "mount the blob from another repository",
        signal,
        ...defined({ mountFrom: mount?.from }),
      });
      return answer.status === 201
        ? { kind: "mounted" }
        : { kind: "open", session: { repository, location: locationOf(answer, repository) } };
    },
    finish: async ({ repository, location }, { digest, size }, body, { signal }) => {
      const to = new URL(location);
      // the registry's query stays byte for byte as it is: it may be signed
      to.search += `${to.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
      await transport.requestOnce({
        repository,
        access: "pull,push",
        method: "PUT",
        to,
        headers: { "content-type": "application/octet-stream", "content-length": String(size) },
        body,
        headersTimeoutMs: timeouts.finalPutHeadersMs,
        expect: [201],
        what: "PUT blob",
        why: "upload the blob",
        signal,
      });
    },
    cancel: async ({ repository, location }, { signal }) => {
      await transport
        .requestOnce({
          repository,
          access: "pull,push",
          method: "DELETE",
          to: location,
          expect: [200, 202, 204, 404, 405],
          what: "DELETE upload",
          why: "cancel the upload",
          signal,
        })
        .catch(() => undefined); // the registry purges uploads that stay open
    },
  };
}

/** A refusal of the request rather than an answer about the blob: many registries and proxies do not support HEAD for blobs. */
function isUnclear(thrown: unknown): thrown is RegistryError {
  if (!(thrown instanceof RegistryError) || thrown.code === "UNAUTHENTICATED") return false;
  return thrown.facts.status !== undefined && thrown.facts.status !== 429;
}

/** Worth a retry. A plain 500 is not: registries without HEAD support always respond with it. */
function isBusy({ facts }: RegistryError): boolean {
  return facts.isRetryable === true && facts.status !== 500;
}

function isPage(answer: Answer): boolean {
  return /^text\/html\b/i.test(answer.header("content-type") ?? "");
}

function locationOf(answer: Answer, repository: Repository): URL {
  const location = answer.header("location");
  try {
    if (location !== undefined) return new URL(location, answer.url);
  } catch {
    // reported below, like a missing header
  }
  throw new RegistryError(
    { code: "REGISTRY_PROTOCOL", message: `${repository.host} opened an upload without saying where` },
    { isRetryable: true },
  );
}
