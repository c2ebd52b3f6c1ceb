import type { Readable } from "node:stream";
import type { Descriptor } from "../model/descriptor.ts";
import { algorithmOf, createDigester, type Digest } from "../model/digest.ts";
import type { Cancellable } from "../model/ports.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import { RegistryError } from "./error.ts";
import type { Timeouts } from "./limits.ts";
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

export function createBlobs(transport: Transport, timeouts: Timeouts): Blobs {
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
    open: async (repository, descriptor, { signal }) => {
      const response = await transport.open({
        repository,
        access: "pull",
        method: "GET",
        to: `blobs/${descriptor.digest}`,
        expect: [200, 404],
        what: "GET blob",
        signal,
      });
      if (response.status === 404) {
        await response.discard();
        throw missing(repository, descriptor.digest);
      }
      return verified(response.body, descriptor, repository);
    },
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

async function* verified(
  body: AsyncIterable<Uint8Array>,
  { digest, size }: Descriptor,
  repository: Repository,
): AsyncGenerator<Uint8Array> {
  const digester = createDigester(algorithmOf(digest));
  let length = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > size) throw wrong(repository, digest, `more than the ${size} bytes that its manifest names`, false);
    digester.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (length < size) throw wrong(repository, digest, `${length} of ${size} bytes`, true);
  if (digester.digest() !== digest) throw wrong(repository, digest, "other content than its digest says", true);
  if (held !== undefined) yield held;
}

function missing(repository: Repository, digest: Digest): RegistryError {
  return new RegistryError({
    code: "CONTENT_MISSING",
    message: `${repository.host} has no blob "${digest}", although a manifest there names it`,
    reference: formatRepository(repository),
    hint: "the image at the source is incomplete: push it there again",
  });
}

function wrong(repository: Repository, digest: Digest, got: string, isRetryable: boolean): RegistryError {
  return new RegistryError(
    {
      code: "CONTENT_MISMATCH",
      message: `${repository.host} sent ${got} for the blob "${digest}"`,
      reference: formatRepository(repository),
    },
    { isRetryable },
  );
}
