import type { Descriptor } from "../model/descriptor.ts";
import { algorithmOf, type Digest, digestOf } from "../model/digest.ts";
import type { Cancellable, Clock } from "../model/ports.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import { verified } from "../model/verified-content.ts";
import type { EgressResponse } from "../http/egress.ts";
import { onceMore, RegistryError } from "../http/error.ts";
import { resumable } from "./resume.ts";
import { LIMITS } from "../http/limits.ts";
import type { Transport } from "./transport.ts";
import { defined } from "../model/defined.ts";

export type BlobPlace = Cancellable & { readonly repository: Repository; readonly descriptor: Descriptor };

/**
 * Opens a blob. A small one is read at once. Bytes are hashed and counted as they arrive, and an interrupted response is resumed. The last chunk is held back until the
 * content is verified.
 */
export async function openBlob(
  transport: Transport,
  clock: Clock,
  place: BlobPlace,
): Promise<AsyncIterable<Uint8Array>> {
  const { repository, descriptor, signal } = place;
  if (descriptor.size <= LIMITS.smallBlobBytes) return once(await readSmall(transport, place));
  const openAt = (offset: number): Promise<AsyncIterable<Uint8Array>> => openFrom(transport, { ...place, offset });
  const body = resumable(await openAt(0), {
    size: descriptor.size,
    openAt,
    patience: transport.patience(signal),
    clock,
    what: `${repository.host}: the blob "${descriptor.digest}"`,
  });
  const { digest, size } = descriptor;
  return verified(body, descriptor, (mismatch) =>
    mismatch === "longer"
      ? wrong(repository, digest, `more than the ${size} bytes that its manifest names`)
      : onceMore(wrong(repository, digest, "other content than its digest says")),
  );
}

/** Reads a whole blob into memory. If its bytes are wrong or incomplete, it is read again. */
function readSmall(transport: Transport, place: BlobPlace): Promise<Uint8Array> {
  const { repository, descriptor, signal } = place;
  const { digest, size } = descriptor;
  return transport.retry(async (attempt) => {
    const { header, bytes } = await transport
      .requestOnce({ ...blobRequest(place), why: "read the blob", expect: [200], limit: size, attempt })
      .catch((thrown: unknown) => {
        if (!(thrown instanceof RegistryError)) throw thrown;
        if (thrown.facts.status === 404) throw missing(repository, digest);
        if (thrown.code !== "LIMIT_EXCEEDED") throw thrown;
        throw wrong(repository, digest, `more than the ${size} bytes that its manifest names`);
      });
    const length = header("content-length") ?? String(bytes.byteLength);
    if (length !== String(size)) throw onceMore(wrong(repository, digest, `${length} of ${size} bytes`));
    if (digestOf(bytes, algorithmOf(digest)) !== digest)
      throw onceMore(wrong(repository, digest, "other content than its digest says"));
    return bytes;
  }, signal);
}

type Part = BlobPlace & { readonly offset: number };

/** Reads a blob from `offset` on. If the registry sends the whole blob or another range, known bytes are skipped. RFC 9110 section 14. */
async function openFrom(transport: Transport, part: Part): Promise<AsyncIterable<Uint8Array>> {
  const { descriptor, offset } = part;
  if (offset > 0) {
    const rest = await ask(transport, part, `bytes=${offset}-`);
    if (
      rest.status === 206 &&
      rest.header("content-range") === `bytes ${offset}-${descriptor.size - 1}/${descriptor.size}`
    )
      return rest.body;
    await rest.discard();
  }
  const whole = await ask(transport, part);
  const length = whole.header("content-length") ?? String(descriptor.size);
  if (length === String(descriptor.size)) return withoutStart(whole.body, offset);
  await whole.discard();
  throw onceMore(wrong(part.repository, descriptor.digest, `${length} of ${descriptor.size} bytes`));
}

async function ask(transport: Transport, part: Part, range?: string): Promise<EgressResponse> {
  const response = await transport.open({
    ...blobRequest(part),
    ...defined({ headers: range === undefined ? undefined : { range } }),
    expect: range === undefined ? [200, 404] : [200, 206, 404, 416],
    why: range === undefined ? "read the blob" : "read the rest of the blob",
  });
  if (response.status !== 404) return response;
  await response.discard();
  throw missing(part.repository, part.descriptor.digest);
}

function blobRequest({ repository, descriptor: { digest }, signal }: BlobPlace) {
  return { repository, access: "pull", method: "GET", to: `blobs/${digest}`, what: "GET blob", signal } as const;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* withoutStart(body: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
  let left = offset;
  for await (const chunk of body) {
    if (left < chunk.byteLength) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.byteLength);
  }
}

function missing(repository: Repository, digest: Digest): RegistryError {
  return new RegistryError({
    code: "CONTENT_MISSING",
    message: `${repository.host} has no blob "${digest}", although a manifest there refers to it`,
    reference: formatRepository(repository),
    hint: "the image at the source is incomplete: push it there again",
  });
}

function wrong(repository: Repository, digest: Digest, got: string): RegistryError {
  return new RegistryError({
    code: "CONTENT_MISMATCH",
    message: `${repository.host} sent ${got} for the blob "${digest}"`,
    reference: formatRepository(repository),
  });
}
