import type { Descriptor } from "../model/descriptor.ts";
import { algorithmOf, digestOf, parseDigest } from "../model/digest.ts";
import { IMAGE_TYPES, INDEX_TYPES, type ManifestContent } from "../model/manifest.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import type { DigestPutAnswer, ManifestStore } from "../model/store.ts";
import type { Reference, Repository } from "../model/reference.ts";
import { isUnsupportedDelete } from "./deletion.ts";
import { onceMore, RegistryError, responseError } from "../http/error.ts";
import { LIMITS, type Timeouts } from "../http/limits.ts";
import { saysContentIsMissing } from "./missing-content.ts";
import { final } from "../http/retry.ts";
import { reasonOfAbsence } from "./reason-of-absence.ts";
import type { PullReserve } from "./pull-reserve.ts";
import type { Answer, Transport, TransportRequest } from "./transport.ts";
import { mismatch, notAManifest, refuseEncoding } from "./wrong-manifest.ts";

/**
 * The `manifests` endpoints. OCI distribution-spec, "Pulling manifests" and "Pushing Manifests". For a PUT, a 2xx other than 201 counts as
 * success only with the right digest.
 */
export type Manifests = ManifestStore & {
  /** Like `resolveByContent`, and returns the content. */
  readonly readTag: (...asked: Parameters<Reader["resolveByContent"]>) => Promise<ManifestContent | undefined>;
};

/** Always sent in full: if a type is missing, registries return a different manifest (registries.md section 7, trap 3). */
const ACCEPT = [...INDEX_TYPES, ...IMAGE_TYPES].join(", ");

const SUCCESSES: readonly number[] = Array.from({ length: 100 }, (_, at) => 200 + at);

type Options = { readonly timeouts: Timeouts; readonly reserve: PullReserve };

export function createManifests(transport: Transport, { timeouts, reserve }: Options): Manifests {
  /** Every attempt may count as a pull. */
  const get = async (reference: Reference, { signal }: Cancellable): Promise<Answer> => {
    const { repository } = reference;
    const request = {
      ...requestFor(reference, { signal }),
      method: "GET",
      what: "GET manifest",
      why: reference.digest === undefined ? "read the tag's manifest" : "read the manifest",
      limit: LIMITS.manifestBytes,
    } as const;
    return transport.retry(
      (attempt) =>
        reserve.pull(repository.host, {
          look: () =>
            transport.request({
              ...requestFor(reference, { signal }),
              method: "HEAD",
              what: "HEAD manifest",
              why: "ask for the remaining pulls",
            }),
          read: () => transport.requestOnce({ ...request, attempt }),
          signal,
        }),
      signal,
    );
  };

  const head = async (reference: Reference, { signal }: Cancellable): Promise<Answer> => {
    const request = {
      ...requestFor(reference, { signal }),
      method: "HEAD",
      what: "HEAD manifest",
      why: reference.digest === undefined ? "resolve the tag" : "look for the manifest",
    } as const;
    try {
      return await reserve.observe(reference.repository.host, () => transport.request(request));
    } catch (thrown) {
      if (saysNothing(thrown)) return get(reference, { signal });
      throw thrown;
    }
  };

  /** For registries that do not send the digest: hashes the content, unless it is a web page. */
  const readContent = (
    reference: Reference,
    options: Parameters<Reader["resolveByContent"]>[1],
  ): Promise<ManifestContent | undefined> =>
    transport.retry(async () => {
      const answer = await get(reference, options);
      if (answer.status === 404) {
        const reason = reasonOfAbsence(answer.bytes);
        if (reason !== undefined) options.onAbsent?.(reason);
        return undefined;
      }
      const { bytes } = answer;
      const mediaType = mediaTypeOf(answer);
      if (mediaType.startsWith("text/")) throw onceMore(notAManifest(reference));
      const named = reference.digest ?? parseDigest(answer.header("docker-content-digest") ?? "");
      const digest = digestOf(bytes, named === undefined ? "sha256" : algorithmOf(named));
      if (named !== undefined && digest !== named) throw onceMore(mismatch(reference, digest));
      refuseEncoding(answer, reference);
      return { bytes, descriptor: { mediaType, digest, size: bytes.byteLength } };
    }, options.signal);

  const byContent = async (...asked: Parameters<typeof readContent>): Promise<Descriptor | undefined> =>
    (await readContent(...asked))?.descriptor;

  const put = async (
    repository: Repository,
    name: string,
    { bytes, descriptor }: ManifestContent,
    { signal }: Cancellable,
  ): Promise<DigestPutAnswer> => {
    const what = "PUT manifest";
    try {
      const answer = await transport.requestOnce({
        repository,
        access: "pull,push",
        method: "PUT",
        to: `manifests/${name}`,
        headers: { "content-type": descriptor.mediaType, "content-length": String(bytes.byteLength) },
        body: bytes,
        headersTimeoutMs: timeouts.finalPutHeadersMs,
        expect: SUCCESSES,
        what,
        why: name === descriptor.digest ? "write the manifest" : "write the tag",
        signal,
      });
      const { status } = answer;
      const digest = parseDigest(answer.header("docker-content-digest") ?? "");
      // a 200 may be a proxy's page: without a matching digest the outcome is unknown and the caller has to check
      if (status !== 201 && digest !== descriptor.digest)
        throw responseError({ what, host: repository.host, status, body: textOf(answer) });
      return { digest, isListed: answer.header("oci-subject") !== undefined };
    } catch (thrown) {
      // retrying cannot succeed before the missing content is uploaded, whatever the status
      throw saysContentIsMissing(thrown) ? final(thrown) : thrown;
    }
  };

  return {
    resolve: async (named, options) => {
      const reference = byDigest(named);
      const answer = await head(reference, options);
      if (answer.status === 404) return undefined;
      const digest = parseDigest(answer.header("docker-content-digest") ?? "");
      if (digest === undefined) return byContent(reference, options);
      if (reference.digest !== undefined && digest !== reference.digest) throw mismatch(reference, digest);
      const size = Number(answer.header("content-length") ?? Number.NaN);
      return { mediaType: mediaTypeOf(answer), digest, size: Number.isSafeInteger(size) && size >= 0 ? size : 0 };
    },
    resolveByContent: (reference, options) => byContent(byDigest(reference), options),
    readTag: readContent,
    read: (reference, options) => {
      return transport.retry(async () => {
        const answer = await get(reference, options);
        if (answer.status === 404) return undefined;
        const digest = digestOf(answer.bytes, algorithmOf(reference.digest));
        if (digest !== reference.digest) throw onceMore(mismatch(reference, digest));
        refuseEncoding(answer, reference);
        return {
          bytes: answer.bytes,
          descriptor: { mediaType: mediaTypeOf(answer), digest, size: answer.bytes.byteLength },
        };
      }, options.signal);
    },
    put: async (repository, name, content, options) => (await put(repository, name, content, options)).digest,
    putByDigest: (repository, content, options) => put(repository, content.descriptor.digest, content, options),
    remove: async (repository, name, { signal }) => {
      try {
        const { status } = await transport.requestOnce({
          repository,
          access: "pull,push,delete",
          method: "DELETE",
          to: `manifests/${name}`,
          expect: [200, 202, 204, 404],
          what: "DELETE manifest",
          why: parseDigest(name) === undefined ? "delete the tag" : "delete the manifest",
          signal,
        });
        return status === 404 ? "absent" : "deleted";
      } catch (thrown) {
        if (isUnsupportedDelete(thrown)) return "unsupported";
        throw thrown;
      }
    },
  };
}

/**
 * A refused HEAD has no body and may only mean that the registry does not support HEAD, so GET finds out the reason. Refusals because of
 * credentials, rate limits or an outage would be the same for GET.
 */
function saysNothing(thrown: unknown): boolean {
  const status = thrown instanceof RegistryError ? (thrown.facts.status ?? 0) : 0;
  return status === 501 || (status >= 400 && status < 500 && ![401, 404, 408, 429, 499].includes(status));
}

function requestFor(
  reference: Reference,
  { signal }: Cancellable,
): Pick<TransportRequest, "repository" | "access" | "to" | "headers" | "expect" | "signal"> {
  return {
    repository: reference.repository,
    access: "pull",
    to: `manifests/${nameOf(reference)}`,
    headers: { accept: ACCEPT },
    expect: [200, 404],
    signal,
  };
}

/** The name of an image without a tag is its digest, which its content must have. */
function byDigest(reference: Reference): Reference {
  const digest = reference.digest ?? parseDigest(reference.tag ?? "");
  return digest === undefined ? reference : { repository: reference.repository, digest };
}

function nameOf({ tag, digest }: Reference): string {
  const name = digest ?? tag;
  if (name === undefined) throw new Error("a reference without tag and digest cannot be asked for");
  return name;
}

function textOf({ bytes }: Answer): string {
  return new TextDecoder().decode(bytes);
}

/** Returns the media type without parameters such as `; charset=utf-8`. */
function mediaTypeOf(answer: Answer): string {
  return (answer.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
