import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";
import type { Position } from "./position.ts";
import type { Repository } from "./reference.ts";

/**
 * The user's images.yaml with its includes, as the program uses it: every default filled in, every reference parsed, every
 * part with its place in the file. What the user writes is schemas/images.schema.json.
 */
export type SyncManifest = {
  readonly entries: readonly Entry[];
  readonly rules: readonly ImmutableRule[];
  /** Per normalised host. */
  readonly registries: ReadonlyMap<string, RegistrySettings>;
  /** `auth` of parts of registries, per normalised `host/path`; the longest that a repository lies below counts. */
  readonly prefixAuth?: ReadonlyMap<string, RegistryAuth>;
  /** The most tags that a run may delete; undefined: the default. */
  readonly maxDeletes?: number;
  /** Entries were left out, so that it does not tell which tags nothing wishes. */
  readonly isPart?: true;
  /** sha256 of the expanded content of all files, for saved plans: `sha256:…`. */
  readonly hash: Digest;
};

export type EngineName = "registry" | "docker";
export type Referrers = true | "with-copy" | false;
export type Platforms = "all" | readonly Platform[];

/** One element of `images:`. */
export type Entry = {
  readonly position: Position;
  readonly source: EntrySource;
  /** At least one; more is a fan-out. */
  readonly targets: readonly EntryTarget[];
  readonly tags: readonly TagMapping[];
  readonly engine: EngineName;
  readonly platforms: Platforms;
  readonly referrers: Referrers;
  /** A selector may match nothing, and a named tag may be missing at the source. */
  readonly optional: boolean;
  /** What its selectors could have made and nothing wishes any more is deleted. */
  readonly prune?: true;
  /** A template of the tag under which an image stays that a tag is moved away from: `{tag}-before-{digest:8}`. */
  readonly backup?: string;
  /** An image that is younger is not copied yet. */
  readonly minAgeMs?: number;
  /** An image that is older is left out. */
  readonly maxAgeMs?: number;
  /** The selectors that the lock file stands in for. */
  readonly lockedSelectors?: readonly SelectorMapping[];
  /** What it must be signed with before anything of it is written. */
  readonly verify?: SignaturePolicy;
  /** When `watch` looks at it: a cron pattern. Undefined: by the schedule of all. */
  readonly schedule?: string;
};

/** What a signature must have been made with. Files are as the manifest names them, relative to the root file's folder. */
export type SignaturePolicy = {
  readonly position: Position;
  readonly signer: Signer;
  /** Sigstore's trusted root, in place of that of the public services. */
  readonly trustedRoot?: SettingsFile;
};

export type Signer =
  /** `isLogged`: the signature must also stand in the transparency log. */
  | { readonly kind: "key"; readonly file: SettingsFile; readonly isLogged: boolean }
  /** Keyless: who had the certificate, and who vouched for that. */
  | { readonly kind: "identity"; readonly identity: SignerMatch; readonly issuer: SignerMatch };

/** A text as it is, or a regular expression that matches all of it. */
export type SignerMatch = { readonly kind: "exact" | "regex"; readonly text: string };

export type EntrySource =
  | { readonly kind: "registry"; readonly repository: Repository }
  /** A local image of the docker daemon: its name with tag, or its image ID, as docker understands it. */
  | { readonly kind: "docker-daemon"; readonly image: string };

export type EntryTarget = { readonly position: Position; readonly repository: Repository };

/** One element of `tags:`, or the only wish of an entry without `tags`. */
export type TagMapping = LiteralMapping | SelectorMapping;

/** A tag, digest, or both at the source, wished under one or more tags at each target. */
export type LiteralMapping = {
  readonly kind: "literal";
  readonly position: Position;
  /** At a registry at least one of the two is there; for a local image neither. */
  readonly from: { readonly tag?: string; readonly digest?: Digest };
  /** May be empty where there are templates. */
  readonly to: readonly string[];
  /** Templates of further tags, which are known when the image is: `stable-{date}-{digest:8}`. */
  readonly templates?: readonly string[];
  /** Neither a tag nor a digest was written, so `latest` was implied. The plan says so. */
  readonly isLatestImplied: boolean;
  /** The digest stands for this tag by the lock file. */
  readonly lockedTag?: string;
  /** The lock file says that the source has no such tag. */
  readonly isLockedMissing?: true;
  /** A selector chose the tag: nothing has checked the names that were made of it. */
  readonly isChosen?: true;
};

/** Tags of the source repository chosen by a pattern; each keeps its name, unless `to` has others. */
export type SelectorMapping = {
  readonly kind: "selector";
  readonly position: Position;
  readonly match: TagMatch;
  /** Globs; a tag that one of them matches is dropped. */
  readonly exclude: readonly string[];
  /** Regular expressions beside those globs, each for a whole tag. */
  readonly excludeRegexes?: readonly string[];
  /** After `exclude`: keep the newest N. */
  readonly latest?: number;
  /** Templates of the names at the target: `{tag}-k8s`. */
  readonly to?: readonly string[];
};

export type TagMatch =
  /** A `!` pattern takes away; only `!` patterns means all but. */
  | { readonly kind: "glob"; readonly patterns: readonly string[] }
  | { readonly kind: "regex"; readonly pattern: string }
  | {
      readonly kind: "semver";
      readonly range: string;
      /** Also two-part and one-part tags: `1.27` counts as 1.27.0. */
      readonly loose: boolean;
      readonly prerelease: boolean;
      /** A regular expression for the whole tag, whose group `version` is the part that counts. */
      readonly pattern?: string;
    };

/** Tags that must not move or go. Globs; a `!` pattern takes away. */
export type ImmutableRule = {
  readonly position: Position;
  /** Match `host[:port]/path`. */
  readonly repositories: readonly string[];
  /** Undefined: all tags. */
  readonly tags?: readonly string[];
};

/** What images.yaml says about one host. Paths are as written, relative to `folder`. */
export type RegistrySettings = {
  readonly position: Position;
  readonly plainHttp?: boolean;
  readonly ca?: SettingsFile;
  readonly clientCertificate?: { readonly certificate: SettingsFile; readonly key: SettingsFile };
  readonly auth?: RegistryAuth;
  /** What it is, where its host name does not tell. */
  readonly product?: string;
  /** Where its content is read first, in this order; the path is what comes before that of the source, or empty. */
  readonly mirrors?: readonly Repository[];
};

export type SettingsFile = { readonly path: string; readonly position: Position };

export type RegistryAuth =
  | { readonly kind: "anonymous" }
  | { readonly kind: "helper"; readonly name: string }
  | GoogleAuth;

/** Access tokens of Google, and what they are got with. `impersonate`: then those of this service account. */
export type GoogleAuth =
  | { readonly kind: "gcloud"; readonly impersonate?: string }
  /** From the environment; nothing of it stands in the manifest. */
  | { readonly kind: "access-token" }
  /** The key is shown to the registry as it is, unless it is exchanged for tokens. */
  | {
      readonly kind: "key-file";
      readonly file: SettingsFile;
      readonly exchange: boolean;
      readonly impersonate?: string;
    }
  | { readonly kind: "metadata"; readonly impersonate?: string }
  | { readonly kind: "application-default"; readonly impersonate?: string };
