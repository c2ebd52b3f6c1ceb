import type { Artifact, Blob } from "../../model/artifact.ts";
import type { Digest } from "../../model/digest.ts";
import type { Cancellable } from "../../model/ports.ts";
import type { Repository, TagReference } from "../../model/reference.ts";
import { withSide } from "../../http/error.ts";
import { formatRepository } from "../../model/reference.ts";
import { putByDigest } from "../put-by-digest.ts";
import { createTagPut } from "../put-tag.ts";
import type { RetryingStore } from "../retrying-store.ts";

/** Writes an artifact, and points the tag at it. Returns its digest. */
export async function pushTagged(
  client: RetryingStore,
  artifact: Artifact,
  target: TagReference,
  { signal }: Cancellable,
): Promise<Digest> {
  return onTarget(target.repository, async () => {
    await pushBlobs(client, artifact.blobs, target.repository, signal);
    return putTag(client, artifact, target, { signal });
  });
}

/** Points a tag at an artifact that the repository has, or whose blobs it has. */
export async function putTag(
  client: RetryingStore,
  { manifest }: Artifact,
  target: TagReference,
  { signal }: Cancellable,
): Promise<Digest> {
  const observed = (await client.manifests.resolve(target, { signal }))?.digest;
  return createTagPut(client, { target, content: manifest, observed, signal })();
}

/** Writes an artifact without a tag. Reports whether the registry lists it as a referrer of its subject. */
export async function pushReferrer(
  client: RetryingStore,
  artifact: Artifact,
  target: Repository,
  { signal }: Cancellable,
): Promise<{ readonly isListed: boolean }> {
  return onTarget(target, async () => {
    await pushBlobs(client, artifact.blobs, target, signal);
    return putByDigest(client, { target, content: artifact.manifest, signal });
  });
}

async function pushBlobs(
  { blobs, retry }: RetryingStore,
  all: readonly Blob[],
  target: Repository,
  signal: AbortSignal,
): Promise<void> {
  for (const { descriptor, bytes } of all) {
    await retry(async () => {
      const upload = await blobs.begin({ descriptor, source: target, target, holder: undefined, signal });
      await upload?.(chunkOf(bytes));
    }, signal);
  }
}

async function* chunkOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

async function onTarget<T>(repository: Repository, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (thrown) {
    throw withSide(thrown, "target", formatRepository(repository));
  }
}
