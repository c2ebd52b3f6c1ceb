import type { ErrorDetails } from "./error.ts";
import type { Digest } from "./digest.ts";
import type { PullReserveSettings } from "./host-settings.ts";
import type { Platform } from "./platform.ts";
import type { Position } from "./position.ts";
import type { Repository } from "./reference.ts";

/**
 * The user's images.yaml with its includes, as the program uses it: defaults filled in, references parsed, every part with its position.
 * The file format is schemas/images.schema.json.
 */
export type SyncManifest = {
  /** Once the registries were asked, also an entry for each repository that a pattern selects. */
  readonly entries: readonly Entry[];
  /** Entries whose source is a pattern over repositories. */
  readonly catalogs?: readonly Catalog[];
  readonly rules: readonly ImmutableRule[];
  /** Per normalised host. */
  readonly registries: ReadonlyMap<string, RegistrySettings>;
  /** `auth` of parts of registries, per normalised `host/path`; the longest matching prefix applies. */
  readonly prefixAuth?: ReadonlyMap<string, RegistryAuth>;
  /** The maximum number of deletes per run. Undefined: the default. */
  readonly maxDeletes?: number;
  /** Entries were left out, so orphaned tags cannot be derived from this manifest. */
  readonly isPart?: true;
  /** The root file, relative to the current folder. Undefined if it was not read from a file. */
  readonly name?: string;
  /** sha256 of the expanded content of all files, for saved plans: `sha256:…`. */
  readonly hash: Digest;
};

/** The number of entries as written, before patterns are replaced. */
export function countEntries({ entries, catalogs = [] }: Pick<SyncManifest, "entries" | "catalogs">): number {
  return entries.length + catalogs.length;
}

export type EngineName = "registry" | "docker";
export type Referrers = true | "with-copy" | false;
/** The repositories of referrers. Undefined: that of the image. */
export type ReferrersAt = { readonly source?: Repository; readonly target?: Repository };
export type Platforms = "all" | readonly Platform[];

/** One element of `images:`. */
export type Entry = {
  readonly position: Position;
  readonly source: EntrySource;
  /** At least one; several for a fan-out. */
  readonly targets: readonly EntryTarget[];
  readonly tags: readonly TagMapping[];
  readonly engine: EngineName;
  readonly platforms: Platforms;
  readonly referrers: Referrers;
  /** Set if signatures and other referrers are in other repositories than the image. */
  readonly referrersAt?: ReferrersAt;
  /** A selector may match nothing, and a named source tag may be missing. */
  readonly optional: boolean;
  /** Tags that the selectors could have created and that are no longer in the manifest are deleted. */
  readonly prune?: true;
  /** A template for the tag that keeps the previous image of a moved tag: `{tag}-before-{digest:8}`. */
  readonly backup?: string;
  /** Younger images are not copied yet. */
  readonly minAgeMs?: number;
  /** Older images are left out. */
  readonly maxAgeMs?: number;
  /** The selectors that the lock file replaced. */
  readonly lockedSelectors?: readonly SelectorMapping[];
  /** The signature that is required before anything is written. */
  readonly verify?: SignaturePolicy;
  /** The cron pattern by which `watch` checks the entry. Undefined: the default schedule. */
  readonly schedule?: string;
  /** A pattern selected its source. */
  readonly isFound?: true;
};

/** The signature that an image must have. Files are as written in the manifest, relative to the root file's folder. */
export type SignaturePolicy = {
  readonly position: Position;
  readonly signer: Signer;
  /** The repository of the signatures, at the host of the image. Undefined: that of the image. */
  readonly repository?: Repository;
  /** Replaces the trusted root of the public Sigstore services. */
  readonly trustedRoot?: SettingsFile;
};

export type Signer =
  /** `isLogged`: the signature must also be in the transparency log. */
  | { readonly kind: "key"; readonly file: SettingsFile; readonly isLogged: boolean }
  /** Keyless: the identity in the certificate, and the issuer that vouched for it. */
  | { readonly kind: "identity"; readonly identity: SignerMatch; readonly issuer: SignerMatch };

/** A literal text, or a regular expression that matches all of the text. */
export type SignerMatch = { readonly kind: "exact" | "regex"; readonly text: string };

/** An entry whose source is a pattern over repositories: `registry.example.com/team/**`. */
export type Catalog = {
  /** A glob over whole paths at the source's host. */
  readonly pattern: string;
  /** The settings. Its source is the part of the pattern without wildcards, and paths below it are kept below its targets. */
  readonly entry: Entry;
  /** The paths that the pattern selects; undefined if they are unknown. */
  readonly found?: readonly string[];
  /** Why they are unknown, once the registry was asked. */
  readonly error?: ErrorDetails;
};

export type EntrySource =
  | { readonly kind: "registry"; readonly repository: Repository }
  /** A local image of the docker daemon: its name with tag or its image ID, in docker's syntax. */
  | { readonly kind: "docker-daemon"; readonly image: string };

export type EntryTarget = { readonly position: Position; readonly repository: Repository };

/** One element of `tags:`, or the only mapping of an entry without `tags`. */
export type TagMapping = LiteralMapping | SelectorMapping;

/** A source tag, digest, or both, mapped to one or more tags at each target. */
export type LiteralMapping = {
  readonly kind: "literal";
  readonly position: Position;
  /** A registry source has at least one of the two; a local image has neither. */
  readonly from: { readonly tag?: string; readonly digest?: Digest };
  /** May be empty if there are templates. */
  readonly to: readonly string[];
  /** Templates of further tags, which depend on the image: `stable-{date}-{digest:8}`. */
  readonly templates?: readonly string[];
  /** Neither a tag nor a digest was written, so `latest` is implied. The plan says so. */
  readonly isLatestImplied: boolean;
  /** The tag whose digest comes from the lock file. */
  readonly lockedTag?: string;
  /** The source has no such tag, according to the lock file. */
  readonly isLockedMissing?: true;
  /** A selector chose the tag: the names made of it have not been checked. */
  readonly isChosen?: true;
};

/** Source tags chosen by a pattern. Each keeps its name unless `to` renames it. */
export type SelectorMapping = {
  readonly kind: "selector";
  readonly position: Position;
  readonly match: TagMatch;
  /** Globs of tags to drop. */
  readonly exclude: readonly string[];
  /** Regular expressions of tags to drop, each matching a whole tag. */
  readonly excludeRegexes?: readonly string[];
  /** Keeps the newest N tags, after `exclude`. */
  readonly latest?: number;
  /** Templates of the target tags: `{tag}-k8s`. */
  readonly to?: readonly string[];
};

export type TagMatch =
  /** A `!` pattern excludes; only `!` patterns means all other tags. */
  | { readonly kind: "glob"; readonly patterns: readonly string[] }
  | { readonly kind: "regex"; readonly pattern: string }
  | {
      readonly kind: "semver";
      readonly range: string;
      /** Also accepts tags with one or two parts: `1.27` counts as 1.27.0. */
      readonly loose: boolean;
      readonly prerelease: boolean;
      /** A regular expression for the whole tag; its group `version` is the version. */
      readonly pattern?: string;
    };

/** Tags that must not be moved or deleted. Globs; a `!` pattern excludes. */
export type ImmutableRule = {
  readonly position: Position;
  /** Match `host[:port]/path`. */
  readonly repositories: readonly string[];
  /** Undefined: all tags. */
  readonly tags?: readonly string[];
};

/** What images.yaml declares for one host. Paths are as written, relative to the root file's folder. */
export type RegistrySettings = {
  readonly position: Position;
  readonly plainHttp?: boolean;
  readonly ca?: SettingsFile;
  readonly clientCertificate?: { readonly certificate: SettingsFile; readonly key: SettingsFile };
  readonly auth?: RegistryAuth;
  /** The registry product, if the host name does not identify it. */
  readonly product?: string;
  /** Mirrors to read from first, in this order. The path is prepended to that of the source, and may be empty. */
  readonly mirrors?: readonly Repository[];
  readonly reserve?: PullReserveSettings;
};

export type SettingsFile = { readonly path: string; readonly position: Position };

/** A file from the user's settings: its absolute path, and the setting that names it. */
export type PersonalFile = { readonly path: string; readonly origin: string };

/** `auth` as the user's settings or images.yaml declare it. */
export type PlacedAuth = {
  readonly auth: RegistryAuth;
  /** `images.yaml`, `--auth` or `~/.config/imgsync/config.yaml:3:5`. */
  readonly place: string;
};

export type RegistryAuth =
  | { readonly kind: "anonymous" }
  | { readonly kind: "helper"; readonly name: string }
  | GoogleAuth;

/** Sources of Google access tokens. `impersonate`: the service account whose tokens are used instead. */
export type GoogleAuth =
  | { readonly kind: "gcloud"; readonly impersonate?: string }
  /** From the environment, because the manifest holds no secrets. */
  | { readonly kind: "access-token" }
  /** The key is sent to the registry as it is, unless it is exchanged for tokens. */
  | {
      readonly kind: "key-file";
      readonly file: SettingsFile | PersonalFile;
      readonly exchange: boolean;
      readonly impersonate?: string;
    }
  | { readonly kind: "metadata"; readonly impersonate?: string }
  | { readonly kind: "application-default"; readonly impersonate?: string };
