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

/** Everything that waits takes one. */
export type Cancellable = { readonly signal: AbortSignal };

/** What planning reads from registries. Errors are ImgsyncErrors; `undefined` means that the registry says it is not there. */
export type Reader = {
  /** One HEAD. Never a GET by tag, which some registries count as a pull. */
  readonly resolve: (reference: Reference, options: Cancellable) => Promise<Descriptor | undefined>;
  /**
   * One GET by tag, only for what HEAD says is absent: some registries and proxies answer HEAD wrongly, and a GET of a tag that is
   * absent does not count as a pull. `onAbsent` gets what the registry says about it, if that is more than that it is absent.
   */
  readonly resolveByContent: (
    reference: TagReference,
    options: Cancellable & { readonly onAbsent?: (reason: AbsenceReason) => void },
  ) => Promise<Descriptor | undefined>;
  /**
   * `access`: with the right to push, some registries say what they otherwise hide: that there is nothing. At most `pages` pages of
   * it, where that is given.
   */
  readonly listTags: (
    repository: Repository,
    options: Cancellable & { readonly access?: "pull" | "pull,push"; readonly pages?: number },
  ) => Promise<TagList | undefined>;
  /** Everything that refers to a manifest; undefined where the host cannot tell. */
  readonly listReferrers: (
    reference: DigestReference,
    options: Cancellable,
  ) => Promise<readonly Descriptor[] | undefined>;
  /** The bytes, checked against the digest; kept for the run, so that apply does not read them again. */
  readonly readManifest: (reference: DigestReference, options: Cancellable) => Promise<ManifestContent | undefined>;
  /** When an image was made, as its config says; undefined where that says nothing that is a time. */
  readonly readCreated: (repository: Repository, config: Descriptor, options: Cancellable) => Promise<Date | undefined>;
};

/** What planning reads from this machine's docker. Undefined: there is no such image. */
export type LocalImages = {
  readonly find: (image: string, options: Cancellable) => Promise<LocalImage | undefined>;
};

/** What registries tell about their repositories beside the protocol that all of them speak. Undefined: this one tells nothing. */
export type HostFacts = {
  /** Never fails but by being interrupted: what cannot be found out is told as unknown. */
  readonly tagPolicy: (
    repository: Repository,
    options: Cancellable & { readonly tags: readonly string[] },
  ) => Promise<TagPolicy | undefined>;
  readonly preflight: (
    repository: Repository,
    options: Cancellable & { readonly access: RepositoryAccess },
  ) => Promise<Preflight | undefined>;
};

/** Proves signatures before anything is copied. */
export type Signatures = {
  /**
   * Ends well only with proof that exactly this manifest is signed so.
   * @throws ImgsyncError SIGNATURE_INVALID where it is not, SIGNATURE_UNCHECKED where nobody could tell
   */
  readonly verify: (image: DigestReference, policy: SignaturePolicy, options: Cancellable) => Promise<true>;
};

/** Keys for the APIs of AWS. */
export type AwsKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
};

/** Where those come from. Undefined: there are none. */
export type AwsKeySource = {
  /** `region`: where the service of AWS is that they are for. */
  readonly find: (region: string, options: Cancellable) => Promise<AwsKeys | undefined>;
};

/** A way to move an image. */
export type Engine = {
  /**
   * Told once, before the first change is applied: all changes of the plan, so that what those to come share is read once,
   * and what those with action `none` prove to be there is not looked for. Never fails: a change tells its own errors.
   */
  readonly prepare: (changes: readonly Change[], options: Cancellable) => Promise<void>;
  /** Makes `change.target` point at `change.wanted`, or at the source's image where that is not known. A registry that refuses because the tag is immutable: TAG_IMMUTABLE. */
  readonly apply: (change: Change, options: ApplyOptions) => Promise<Applied>;
  /**
   * For a change with action `none`: looks through everything under the target tag and restores what is missing there. Never
   * writes a tag. `verify`: and looks for it once more. Engines that cannot leave it out.
   */
  readonly repair?: (
    change: Change,
    options: Cancellable & { readonly verify?: boolean | undefined },
  ) => Promise<Repaired>;
};

/** Points a tag of a repository at an image that the repository has already. A registry that refuses: TAG_IMMUTABLE. */
export type PutTag = (
  target: TagReference,
  digest: Digest,
  options: Cancellable & {
    /** What the tag pointed at a moment ago; undefined: nothing. */
    readonly observed: Digest | undefined;
  },
) => Promise<void>;

/** What was missing under a tag and is there again. */
export type Repaired = {
  readonly restoredBlobs: number;
  readonly restoredManifests: number;
  readonly transferredBytes: number;
};

export type ApplyOptions = Cancellable & {
  readonly onProgress: (progress: Progress) => void;
  /** The tag must not move: before another attempt at writing it, its absence is confirmed by GET. */
  readonly mustNotMove?: boolean;
  /**
   * Called right before the target tag is written. `done`: it points at what is wanted already, so nothing is to be written.
   * Where the wanted digest cannot be known beforehand, `isWanted` says whether one that the tag points at is as good.
   * Throws where the change must not go on.
   */
  readonly recheck: (isWanted?: (digest: Digest) => Promise<boolean>) => Promise<"go" | "done">;
};

export type Applied = {
  /** What the target answered that the tag points at now. Undefined: it was deleted. */
  readonly digest?: Digest;
  readonly transferredBytes: number;
  readonly notes: readonly string[];
  /** What could not be done although the tag is as it should be, such as a signature that the registry refused. */
  readonly warnings?: readonly string[];
};

/** Credentials for one host, found by the chain of registries.md section 9. Undefined: anonymous. */
export type Credentials = {
  readonly find: (repository: Repository, options: FindOptions) => Promise<Credential | undefined>;
};

export type FindOptions = Cancellable &
  Use & {
    /** The registry would not have this one: a source that can ask anew does so, once for each that was refused. */
    readonly refused?: Credential;
  };

/** How long what a registry would be shown lives. Undefined: nothing is shown, or it has no end that anybody knows. */
export type CredentialLives = {
  readonly find: (repository: Repository, options: Cancellable) => Promise<CredentialLife | undefined>;
};

/** A token for Google's own interfaces, made from the credential that is configured for a host of its registry. */
export type AccessTokens = {
  /** Undefined: no credential of that host becomes one. */
  readonly find: (repository: Repository, options: Cancellable) => Promise<AccessToken | undefined>;
};

export type AccessToken = { readonly token: Secret; readonly expiresAt?: Date };

/** Turns events into text for one place. */
export type Reporter = {
  readonly report: (event: Event) => void;
  /** Everything is written and the terminal is as it was. */
  readonly finish: () => Promise<void>;
};

/** Time, so that tests need not wait. */
export type Clock = {
  /** Milliseconds that only ever grow. */
  readonly monotonic: () => number;
  /** The wall clock, for people and for dates in headers. */
  readonly now: () => Date;
  /** Resolves after so many milliseconds, or rejects when the signal fires. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Calls `ring` after so many milliseconds unless the result is called before. Does not keep the process alive. */
  readonly alarm: (milliseconds: number, ring: () => void) => () => void;
};
