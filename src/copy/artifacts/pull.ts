import { Buffer } from "node:buffer";
import { type ArtifactType, readArtifact } from "../../model/artifact.ts";
import type { Descriptor } from "../../model/descriptor.ts";
import type { Digest } from "../../model/digest.ts";
import type { Cancellable } from "../../model/ports.ts";
import { type DigestReference, formatReference, type Reference } from "../../model/reference.ts";
import { withSide } from "../../http/error.ts";
import type { RetryingStore } from "../retrying-store.ts";

/** The document of an artifact, verified against its digests. */
export type PulledDocument = {
  readonly bytes: Uint8Array;
  /** The artifact's manifest. */
  readonly manifest: Descriptor;
  readonly subject: Digest | undefined;
};

/** Why there is no document. `large`: it has more bytes than allowed. */
export type NoDocument = "absent" | "other" | "large";

export type PullOptions = Cancellable & { readonly type: ArtifactType; readonly maxBytes: number };

/** Reads the document of an artifact, or says why there is none. */
export async function pullDocument(
  client: Pick<RetryingStore, "manifests" | "blobs">,
  reference: Reference,
  options: PullOptions,
): Promise<PulledDocument | NoDocument> {
  const { repository } = reference;
  try {
    const found = await client.manifests.resolve(reference, options);
    return found === undefined ? "absent" : await read(client, { repository, digest: found.digest }, options);
  } catch (thrown) {
    throw withSide(thrown, "source", formatReference(reference));
  }
}

async function read(
  { manifests, blobs }: Pick<RetryingStore, "manifests" | "blobs">,
  reference: DigestReference,
  { type, maxBytes, signal }: PullOptions,
): Promise<PulledDocument | NoDocument> {
  const content = await manifests.read(reference, { signal });
  if (content === undefined) return "absent";
  const links = readArtifact(content, type);
  if (links === undefined) return "other";
  const { document, subject } = links;
  if (document.size > maxBytes) return "large";
  const chunks: Uint8Array[] = [];
  // the stream is counted and verified: it has exactly the bytes of the descriptor
  for await (const chunk of await blobs.open(reference.repository, document, { signal })) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), manifest: content.descriptor, subject };
}
