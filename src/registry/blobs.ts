import type { Readable } from "node:stream";
import type { Descriptor } from "../model/descriptor.ts";
import type { Digest } from "../model/digest.ts";
import type { Cancellable, Clock } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import { RegistryError } from "./error.ts";
import type { Timeouts } from "./limits.ts";
import { openBlob } from "./read-blob.ts";
import type { Answer, Transport } from "./transport.ts";

/** An upload that the registry has opened: where the bytes go. Opaque, long, and not to be printed. */
export type UploadSession = { readonly repository: Repository; readonly location: URL };

export type StartedUpload = { readonly kind: "mounted" } | { readonly kind: "open"; readonly session: UploadSession };

/** The `blobs` endpoints. OCI distribution-spec, "Pulling blobs", "Pushing blobs". */
export type Blobs = {
  readonly exists: (repository: Repository, digest: Digest, options: Cancellable) => Promise<boolean>;
  /** The bytes as they arrive, hashed and counted; the last piece is held back until they proved right. */
  readonly open: (
    repository: Repository,
    descriptor: Descriptor,
    options: Cancellable,
  ) => Promise<AsyncIterable<Uint8Array>>;
  /** Opens an upload; with `mount`, asks first whether the registry has the blob in that repository. */
  readonly start: (
    repository: Repository,
    options: Cancellable & { readonly mount?: { readonly digest: Digest; readonly from: Repository } },
  ) => Promise<StartedUpload>;
  /** Sends all bytes in one PUT. One try: a body that streams cannot be sent again. */
  readonly finish: (
    session: UploadSession,
    descriptor: Descriptor,
    body: Readable,
    options: Cancellable,
  ) => Promise<void>;
  /** Gives an upload back that is not needed. What the registry says to it does not matter. */
  readonly cancel: (session: UploadSession, options: Cancellable) => Promise<void>;
};

export type BlobsOptions = { readonly timeouts: Timeouts; readonly clock: Clock };

export function createBlobs(transport: Transport, { timeouts, clock }: BlobsOptions): Blobs {
  return {
    exists: async (repository, digest, { signal }) => {
      const answer = await transport.request({
        repository,
        access: "pull,push",
        method: "HEAD",
        to: `blobs/${digest}`,
        expect: [200, 404],
        what: "HEAD blob",
        signal,
      });
      return answer.status === 200;
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
        signal,
        ...(mount === undefined ? {} : { mountFrom: mount.from }),
      });
      return answer.status === 201
        ? { kind: "mounted" }
        : { kind: "open", session: { repository, location: locationOf(answer, repository) } };
    },
    finish: async ({ repository, location }, { digest, size }, body, { signal }) => {
      const to = new URL(location);
      // the registry's own query stays as it is, byte for byte: it may be signed
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
          signal,
        })
        .catch(() => undefined); // an upload that is left open is the registry's to purge
    },
  };
}

function locationOf(answer: Answer, repository: Repository): URL {
  const location = answer.header("location");
  try {
    if (location !== undefined) return new URL(location, answer.url);
  } catch {
    // told below, as where there is none
  }
  throw new RegistryError(
    { code: "REGISTRY_PROTOCOL", message: `${repository.host} opened an upload without saying where` },
    { isRetryable: true },
  );
}
