import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import type { ManifestContent } from "./manifest.ts";
import type { Cancellable, Reader } from "./ports.ts";
import type { DigestReference, Reference, Repository } from "./reference.ts";

/**
 * A place for images, addressed by repository: the registries behind one client, or folders on this machine. A copy reads from one store
 * and writes to another without knowing their kinds.
 */
export type Store = {
  /** What planning reads: tags, referrers, manifests. */
  readonly reader: Reader;
  readonly manifests: ManifestStore;
  readonly blobs: BlobStore;
};

export type ManifestStore = {
  /** Undefined: the store reports that the manifest is absent. */
  readonly resolve: (reference: Reference, options: Cancellable) => Promise<Descriptor | undefined>;
  /** Resolves by reading the content, for stores whose `resolve` is not reliable. */
  readonly resolveByContent: Reader["resolveByContent"];
  /** Returns bytes that are verified against the digest. */
  readonly read: (reference: DigestReference, options: Cancellable) => Promise<ManifestContent | undefined>;
  /**
   * Points a tag at a manifest, in one attempt: the caller decides whether to retry. Returns the digest that the store reports, or
   * undefined if it reports none.
   */
  readonly put: (
    repository: Repository,
    name: string,
    content: ManifestContent,
    options: Cancellable,
  ) => Promise<Digest | undefined>;
  /** Writes a manifest without a tag, in one attempt. */
  readonly putByDigest: (
    repository: Repository,
    content: ManifestContent,
    options: Cancellable,
  ) => Promise<DigestPutAnswer>;
  /** Deletes in one attempt: by tag only the tag, by digest the image with all its tags. */
  readonly remove: (
    repository: Repository,
    name: string,
    options: Cancellable,
  ) => Promise<"deleted" | "absent" | "unsupported">;
};

export type DigestPutAnswer = {
  /** The digest that the store reports. */
  readonly digest: Digest | undefined;
  /**
   * Whether the store lists the manifest as a referrer of its subject. If not, a digest tag is needed. OCI distribution-spec, "Pushing
   * Manifests with Subject".
   */
  readonly isListed: boolean;
};

/** What a store reports about a blob. `unknown`: the answer does not say whether the blob is there. */
export type BlobPresence = "there" | "absent" | "unknown";

export type BlobStore = BlobReader & BlobWriter;

export type BlobReader = {
  /** `isOnce`: no retry after a failure. */
  readonly look: (
    repository: Repository,
    digest: Digest,
    options: Cancellable & { readonly isOnce?: boolean },
  ) => Promise<BlobPresence>;
  /** Streams the bytes, hashed and counted; the last chunk is held back until they are verified. */
  readonly open: (
    repository: Repository,
    descriptor: Descriptor,
    options: Cancellable,
  ) => Promise<AsyncIterable<Uint8Array>>;
};

export type BlobWriter = {
  /** Returns undefined if the repository has the blob now: it was there, or was taken from another of the store's repositories. */
  readonly begin: (write: BlobWrite) => Promise<BlobUpload | undefined>;
};

export type BlobWrite = Cancellable & {
  readonly descriptor: Descriptor;
  /** The repository that the blob is copied from, which may be in the same store. */
  readonly source: Repository;
  readonly target: Repository;
  /** A repository of the target's host that has the blob. */
  readonly holder: Repository | undefined;
};

/** Uploads all bytes of a blob, in one attempt because a stream cannot be sent twice. Resolves when the store has committed the blob. */
export type BlobUpload = (body: AsyncIterable<Uint8Array>) => Promise<void>;
