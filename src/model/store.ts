import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import type { ManifestContent } from "./manifest.ts";
import type { Cancellable, Reader } from "./ports.ts";
import type { DigestReference, Reference, Repository } from "./reference.ts";

/**
 * Where images are kept, addressed by repository: the registries behind one client, or folders on this machine. A copy reads
 * from one repository and writes to another, and does not know what kind of store either is in.
 */
export type Store = {
  /** What planning reads: tags, referrers, manifests. */
  readonly reader: Reader;
  readonly manifests: ManifestStore;
  readonly blobs: BlobStore;
};

export type ManifestStore = {
  /** Undefined: the store says that it is not there. */
  readonly resolve: (reference: Reference, options: Cancellable) => Promise<Descriptor | undefined>;
  /** The same by reading the content, for where a look cannot be relied on. */
  readonly resolveByContent: Reader["resolveByContent"];
  /** The bytes hash to the digest. */
  readonly read: (reference: DigestReference, options: Cancellable) => Promise<ManifestContent | undefined>;
  /**
   * Points a tag at a manifest. One attempt: whether it may be repeated is for the caller to find out. Resolves to the digest by
   * the store's own word; undefined where it does not say.
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
  /** One attempt: by tag the tag alone goes, by digest the image with all its tags. */
  readonly remove: (
    repository: Repository,
    name: string,
    options: Cancellable,
  ) => Promise<"deleted" | "absent" | "unsupported">;
};

export type DigestPutAnswer = {
  /** What the store says the digest is. */
  readonly digest: Digest | undefined;
  /**
   * Whether the store lists the manifest as a referrer of its subject; where not, a digest tag has to. OCI
   * distribution-spec, "Pushing Manifests with Subject".
   */
  readonly isListed: boolean;
};

/** What a store says about a blob. `unknown`: its answer says neither that the blob is there nor that it is not. */
export type BlobPresence = "there" | "absent" | "unknown";

export type BlobStore = BlobReader & BlobWriter;

export type BlobReader = {
  /** With `isOnce` the question is not repeated after a failure. */
  readonly look: (
    repository: Repository,
    digest: Digest,
    options: Cancellable & { readonly isOnce?: boolean },
  ) => Promise<BlobPresence>;
  /** The bytes as they arrive, hashed and counted; the last piece is held back until they proved right. */
  readonly open: (
    repository: Repository,
    descriptor: Descriptor,
    options: Cancellable,
  ) => Promise<AsyncIterable<Uint8Array>>;
};

export type BlobWriter = {
  /** Undefined: the repository has the blob now, found there or taken from another of its repositories. */
  readonly begin: (write: BlobWrite) => Promise<BlobUpload | undefined>;
};

export type BlobWrite = Cancellable & {
  readonly descriptor: Descriptor;
  /** Where the blob is copied from; it may be in the same store. */
  readonly source: Repository;
  readonly target: Repository;
  /** A repository of the target's host that is known to have the blob. */
  readonly holder: Repository | undefined;
};

/** Takes all bytes of a blob. One attempt: a stream cannot be sent again. Settles when the store has committed them. */
export type BlobUpload = (body: AsyncIterable<Uint8Array>) => Promise<void>;
