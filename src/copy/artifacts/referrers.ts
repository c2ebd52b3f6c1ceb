import { inParallel } from "../../async/in-parallel.ts";
import type { Artifact } from "../../model/artifact.ts";
import { digestTag } from "../../model/attachment.ts";
import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { parseManifest } from "../../model/manifest.ts";
import type { Cancellable } from "../../model/ports.ts";
import type { DigestReference, Repository } from "../../model/reference.ts";
import { describeReferrer } from "../../model/referrer-entry.ts";
import { putDigestTag } from "../put-digest-tag.ts";
import { addReferrers, isReferrersIndex } from "../referrers-index.ts";
import type { RetryingStore } from "../retrying-store.ts";
import { pushReferrer, putTag } from "./push.ts";

const AT_ONCE = 8;

export type ReferrerPush = Cancellable & {
  readonly repository: Repository;
  readonly subject: Digest;
  /** The end of a tag of its own, which no other artifact of the subject has: `.report-3`. */
  readonly suffix: string;
};

/**
 * Writes an artifact so that it is found through its subject. Where the registry does not list referrers itself, the artifact gets a tag
 * of its own, and is added to the index of the subject's digest tag (OCI distribution-spec, "Referrers Tag Schema"). The index alone would
 * not do: of two machines that add to it at the same time, one may lose its entry.
 */
export async function pushAsReferrer(client: RetryingStore, artifact: Artifact, push: ReferrerPush): Promise<void> {
  const { repository, subject, suffix, signal } = push;
  const { isListed } = await pushReferrer(client, artifact, repository, { signal });
  if (isListed) return;
  await putTag(client, artifact, { repository, tag: ownTag(subject, suffix) }, { signal });
  await addToIndex(client, artifact, push).catch((thrown: unknown) => {
    // the artifact is found by its own tag, so a lost race for the index does not matter
    if (signal.aborted || !(thrown instanceof ImgsyncError)) throw thrown;
  });
}

export type ReferrerSearch = Cancellable & {
  /** The suffixes of tags that artifacts have where the registry lists no referrers. */
  readonly suffixes: readonly string[];
};

/** Returns the digests of everything that refers to a manifest. Artifacts of other types are among them. */
export async function findReferrers(
  client: RetryingStore,
  subject: DigestReference,
  { suffixes, signal }: ReferrerSearch,
): Promise<readonly Digest[]> {
  const listed = await client.reader.listReferrers(subject, { signal });
  if (listed !== undefined) return listed.map(({ digest }) => digest);
  const { repository, digest } = subject;
  const indexed = await readIndex(client, subject, signal);
  const found = new Set(indexed);
  const look = async (suffix: string): Promise<void> => {
    const own = await client.manifests.resolve({ repository, tag: ownTag(digest, suffix) }, { signal });
    if (own !== undefined) found.add(own.digest);
  };
  await inParallel(AT_ONCE, suffixes, look, signal);
  return [...found];
}

function ownTag(subject: Digest, suffix: string): string {
  return `${digestTag(subject)}${suffix}`;
}

async function readIndex(
  { manifests }: RetryingStore,
  { repository, digest }: DigestReference,
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  const there = await manifests.resolve({ repository, tag: digestTag(digest) }, { signal });
  const content = there && (await manifests.read({ repository, digest: there.digest }, { signal }));
  const index = content && parseManifest(content);
  return index?.kind === "index" ? index.manifests.map((one) => one.digest) : [];
}

/** For other tools, which find referrers there. What another machine may overwrite is found by its own tag. */
async function addToIndex(
  client: RetryingStore,
  { manifest }: Artifact,
  { repository, subject, signal }: ReferrerPush,
): Promise<void> {
  const target = { repository, tag: digestTag(subject) };
  const observed = (await client.manifests.resolve(target, { signal }))?.digest;
  const existing = observed && (await client.manifests.read({ repository, digest: observed }, { signal }));
  if (existing && !isReferrersIndex(existing)) return;
  const content = addReferrers(existing || undefined, [describeReferrer(manifest)]);
  if (content !== undefined) await putDigestTag(client, { target, content, observed, signal });
}
