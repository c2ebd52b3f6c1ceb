import type { Credential } from "./credential.ts";
import type { CredentialLife } from "./credential-life.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import type { Event, Progress } from "./event.ts";
import type { Use } from "./lifetime.ts";
import type { LocalImage } from "./local-image.ts";
import type { ManifestContent } from "./manifest.ts";
import type { Change } from "./plan.ts";
import type { Preflight, RepositoryAccess } from "./preflight.ts";
import type { DigestReference, Reference, Repository, TagReference } from "./reference.ts";
import type { Secret } from "./secret.ts";
import type { SignaturePolicy } from "./sync-manifest.ts";
import type { AbsenceReason, TagList } from "./answer.ts";
import type { TagPolicy } from "./tag-policy.ts";

/** The options of every function that waits. */
export type Cancellable = { readonly signal: AbortSignal };

/** What planning reads from registries. Throws ImgsyncErrors; `undefined` means that the registry reports absence. */
export type Reader = {
  /** Sends one HEAD. Never a GET by tag, which some registries count as a pull. */
  readonly resolve: (reference: Reference, options: Cancellable) => Promise<Descriptor | undefined>;
  /**
   * Sends one GET by tag. Only for tags that HEAD reports as absent, because some registries and proxies answer HEAD wrongly, and for tags
   * whose manifest is read next: it is kept for `readManifest`. `onAbsent` receives the registry's reason, if it gives one.
   */
  readonly resolveByContent: (
    reference: TagReference,
    options: Cancellable & { readonly onAbsent?: (reason: AbsenceReason) => void },
  ) => Promise<Descriptor | undefined>;
  /** `access`: with push permission, some registries report an absence that they otherwise hide. `pages` limits the number of pages. */
  readonly listTags: (
    repository: Repository,
    options: Cancellable & {
      readonly access?: "pull" | "pull,push";
      readonly pages?: number;
      readonly onAbsent?: (reason: AbsenceReason) => void;
    },
  ) => Promise<TagList | undefined>;
  /** Returns all referrers of a manifest, or undefined if the host does not support the query. */
  readonly listReferrers: (
    reference: DigestReference,
    options: Cancellable,
  ) => Promise<readonly Descriptor[] | undefined>;
  /** Returns the bytes, verified against the digest. They are kept for the run, so that apply does not read them again. */
  readonly readManifest: (reference: DigestReference, options: Cancellable) => Promise<ManifestContent | undefined>;
  /** Returns the build time in an image's config, or undefined if the config has no valid time. */
  readonly readCreated: (repository: Repository, config: Descriptor, options: Cancellable) => Promise<Date | undefined>;
};

/** What planning reads from this machine's docker. Undefined: no such image. */
export type LocalImages = {
  readonly find: (image: string, options: Cancellable) => Promise<LocalImage | undefined>;
};

/** What a registry's own API reports about a repository, beyond the distribution protocol. Undefined: the registry has no such API. */
export type HostFacts = {
  /** Throws only if interrupted: other failures are reported as unknown. */
  readonly tagPolicy: (
    repository: Repository,
    options: Cancellable & { readonly tags: readonly string[] },
  ) => Promise<TagPolicy | undefined>;
  readonly preflight: (
    repository: Repository,
    options: Cancellable & { readonly access: RepositoryAccess },
  ) => Promise<Preflight | undefined>;
};

/** Verifies signatures before anything is copied. */
export type Signatures = {
  /**
   * Resolves only if exactly this manifest is proven to be signed as the policy requires.
   * @throws ImgsyncError SIGNATURE_INVALID if it is not, SIGNATURE_UNCHECKED if this could not be determined
   */
  readonly verify: (image: DigestReference, policy: SignaturePolicy, options: Cancellable) => Promise<true>;
};

/** Keys for AWS APIs. */
export type AwsKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
};

/** Undefined: no keys. */
export type AwsKeySource = {
  /** `region` is that of the AWS service that is called. */
  readonly find: (region: string, options: Cancellable) => Promise<AwsKeys | undefined>;
};

/** Copies images. */
export type Engine = {
  /**
   * Called once before the first change, with all changes of the plan: content that they share is then read once, and content that changes
   * with action `none` prove to exist is not looked up. Never throws: errors surface in the change that they affect.
   */
  readonly prepare: (changes: readonly Change[], options: Cancellable) => Promise<void>;
  /**
   * Points `change.target` at `change.wanted`, or at the source's image if `wanted` is unknown. Throws TAG_IMMUTABLE if the registry
   * refuses because the tag is immutable.
   */
  readonly apply: (change: Change, options: ApplyOptions) => Promise<Applied>;
  /**
   * For a change with action `none`: checks everything under the target tag and restores what is missing. Never writes a tag. `verify`:
   * looks up the restored content again. Undefined if the engine does not support it.
   */
  readonly repair?: (
    change: Change,
    options: Cancellable & { readonly verify?: boolean | undefined },
  ) => Promise<Repaired>;
};

/** Points a tag at an image that its repository already has. Throws TAG_IMMUTABLE if the registry refuses because the tag is immutable. */
export type PutTag = (
  target: TagReference,
  digest: Digest,
  options: Cancellable & {
    /** The digest that the tag pointed at a moment ago. Undefined: no such tag. */
    readonly observed: Digest | undefined;
  },
) => Promise<void>;

/** What was missing under a tag and has been restored. */
export type Repaired = {
  readonly restoredBlobs: number;
  readonly restoredManifests: number;
  readonly transferredBytes: number;
};

export type ApplyOptions = Cancellable & {
  readonly onProgress: (progress: Progress) => void;
  /** The tag must not move: a GET confirms its absence before the write is attempted again. */
  readonly mustNotMove?: boolean;
  /**
   * Called right before the target tag is written. `done`: the tag already points at the wanted digest, so nothing must be written. If that
   * digest is not known in advance, `isWanted` decides whether the tag's digest is equivalent.
   * Throws if the change must not continue.
   */
  readonly recheck: (isWanted?: (digest: Digest) => Promise<boolean>) => Promise<"go" | "done">;
};

export type Applied = {
  /** The digest of the tag according to the target. Undefined: the tag was deleted. */
  readonly digest?: Digest;
  readonly transferredBytes: number;
  readonly notes: readonly string[];
  /** Failures that do not affect the tag, such as a signature that the registry refused. */
  readonly warnings?: readonly string[];
};

/** Finds the credential of one host by the chain of registries.md section 9. Undefined: anonymous. */
export type Credentials = {
  readonly find: (repository: Repository, options: FindOptions) => Promise<Credential | undefined>;
  /** What to do after a registry refused what `find` returned, which may be nothing. */
  readonly advise?: (repository: Repository, refused: Credential | undefined) => string;
};

export type FindOptions = Cancellable &
  Use & {
    /** The registry refused this credential. A source that can issue a new one does so, once per refused credential. */
    readonly refused?: Credential;
  };

/** The remaining lifetime of a repository's credential. Undefined: no credential is sent, or its expiry is unknown. */
export type CredentialLives = {
  readonly find: (repository: Repository, options: Cancellable) => Promise<CredentialLife | undefined>;
};

/** Tokens for Google's own APIs, made from the credential that is configured for a registry host. */
export type AccessTokens = {
  /** Undefined: the host's credential cannot be exchanged for a token. */
  readonly find: (repository: Repository, options: Cancellable) => Promise<AccessToken | undefined>;
};

export type AccessToken = Pick<Credential, "expiresAt" | "account"> & { readonly token: Secret };

/** Renders events to one output. */
export type Reporter = {
  readonly report: (event: Event) => void;
  /** Flushes all output and restores the terminal. */
  readonly finish: () => Promise<void>;
};

/** Injected, so that tests do not wait. */
export type Clock = {
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** The wall clock, for display and for dates in headers. */
  readonly now: () => Date;
  /** Resolves after the given time, or rejects when the signal fires. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Calls `ring` after the given time unless the returned function is called first. Does not keep the process alive. */
  readonly alarm: (milliseconds: number, ring: () => void) => () => void;
};
