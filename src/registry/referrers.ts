import { parseObject } from "../model/json.ts";
import { createSingleFlight } from "../async/single-flight.ts";
import type { Descriptor } from "../model/descriptor.ts";
import { digestOf } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import { MEDIA_TYPES, parseManifest } from "../model/manifest.ts";
import type { Cancellable } from "../model/ports.ts";
import { type DigestReference, formatReference } from "../model/reference.ts";
import { RegistryError } from "../http/error.ts";
import { LIMITS } from "../http/limits.ts";
import { continueAt, nextPage } from "./link.ts";
import type { Answer, Transport } from "./transport.ts";

/** `GET /v2/NAME/referrers/DIGEST`, all pages. OCI distribution-spec, "Listing Referrers". */
export type Referrers = {
  /** Lists the manifests whose `subject` is this manifest. Undefined if the host does not support the API. */
  readonly list: (reference: DigestReference, options: Cancellable) => Promise<readonly Descriptor[] | undefined>;
};

/** Probes each host once for the API. Concurrent calls wait for the probe. */
export function createReferrers(transport: Transport): Referrers {
  const probes = createSingleFlight<boolean>({ keepsResults: true });
  return {
    list: async (reference, options) => {
      let isProbe = false;
      let found: readonly Descriptor[] | undefined;
      const probe = async (signal: AbortSignal): Promise<boolean> => {
        isProbe = true;
        found = await readPages(transport, reference, { signal });
        return found !== undefined;
      };
      const isSupported = await probes(reference.repository.host, options.signal, probe).catch((thrown: unknown) => {
        if (isProbe || options.signal.aborted) throw thrown;
        // a failed probe decides nothing: the waiting calls send their own request
        return true;
      });
      if (isProbe || !isSupported) return found;
      return readPages(transport, reference, options);
    },
  };
}

async function readPages(
  transport: Transport,
  reference: DigestReference,
  { signal }: Cancellable,
): Promise<readonly Descriptor[] | undefined> {
  const { repository, digest } = reference;
  const found = new Map<string, Descriptor>();
  const visited = new Set<string>();
  let stalled = 0;
  let to: string | undefined = `referrers/${digest}`;
  for (let page = 1; to !== undefined; page += 1) {
    if (page > LIMITS.referrerPages) throw endless(reference, `${LIMITS.referrerPages} pages`);
    const asked = transport.request({
      repository,
      access: "pull",
      method: "GET",
      to,
      headers: { accept: MEDIA_TYPES.ociIndex },
      expect: [200],
      what: "GET referrers",
      why: "list what refers to the manifest",
      limit: LIMITS.manifestBytes,
      signal,
    });
    const answer = page === 1 ? await unlessUnknown(asked) : await asked;
    const descriptors = answer === undefined ? undefined : readPage(answer, reference);
    if (answer === undefined || descriptors === undefined) {
      if (page === 1) return undefined;
      throw broken(reference, "continued it with something that is not a list");
    }
    const known = found.size;
    for (const descriptor of descriptors) found.set(descriptor.digest, descriptor);
    stalled = found.size === known ? stalled + 1 : 0;
    if (stalled > LIMITS.stalledPages) throw endless(reference, `${LIMITS.stalledPages} pages without a new entry`);
    if (found.size > LIMITS.referrers) throw endless(reference, `${LIMITS.referrers} entries`);
    const next = nextPage(answer.header("link"), answer.url);
    if (next !== undefined && visited.has(next.href)) throw endless(reference, "pages that repeat");
    if (next !== undefined) visited.add(next.href);
    to = next === undefined ? undefined : continueAt(next, answer.url, to, repository);
  }
  return [...found.values()];
}

/** Hosts without the API respond 404, or with their status for unknown paths. */
async function unlessUnknown(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    const status = thrown instanceof RegistryError ? thrown.facts.status : undefined;
    if (status !== undefined && [400, 401, 403, 404, 405, 406, 410, 501].includes(status)) return undefined;
    throw thrown;
  }
}

/** Returns undefined if the response is not from this API, such as a web page. */
function readPage(answer: Answer, reference: DigestReference): readonly Descriptor[] | undefined {
  const { bytes } = answer;
  if (!parseObject(bytes)?.has("manifests")) return undefined;
  // no filter was requested, so filtered entries would be lost
  if (answer.header("oci-filters-applied") !== undefined)
    throw broken(reference, "filtered it, which was not requested");
  try {
    const descriptor = { mediaType: MEDIA_TYPES.ociIndex, digest: digestOf(bytes), size: bytes.byteLength };
    const list = parseManifest({ bytes, descriptor });
    return list.kind === "index" ? list.manifests : undefined;
  } catch (thrown) {
    if (thrown instanceof ImgsyncError) throw broken(reference, `sent an invalid one: ${thrown.message}`);
    throw thrown;
  }
}

function broken(reference: DigestReference, message: string): RegistryError {
  return new RegistryError({
    code: "REGISTRY_PROTOCOL",
    message: `${reference.repository.host} was asked for the list of referrers and ${message}`,
    reference: formatReference(reference),
  });
}

function endless(reference: DigestReference, what: string): RegistryError {
  return new RegistryError({
    code: "LIMIT_EXCEEDED",
    message: `the list of referrers at ${reference.repository.host} has more than ${what}`,
    reference: formatReference(reference),
  });
}
