import type { Digest } from "../../model/digest.ts";
import type { ForeignNote, Place } from "../../model/foreign.ts";

/** The content of one file of another tool, in its order. */
export type ForeignContent = {
  readonly items: readonly ForeignItem[];
  readonly notes: readonly ForeignNote[];
  /** Hosts that are only reached over http. */
  readonly plainHttp: readonly string[];
};

/** Tags of one source repository, and where the other tool copies them. */
export type ForeignItem = {
  readonly place: Place;
  /** The last line of the item. Default: that of `place`. */
  readonly lastLine?: number;
  /** `host/path`, normalised unless it has a `${VARIABLE}`. */
  readonly source: string;
  /** Like `source`. Undefined: the file does not name a target. */
  readonly targets: readonly string[] | undefined;
  readonly selection: Selection;
  readonly settings: ItemSettings;
};

/** Settings of an entry in images.yaml. Undefined: its default. */
export type ItemSettings = {
  /** What the source does not have is skipped, and is not an error. */
  readonly isOptional?: true;
  readonly platforms?: readonly string[];
  /** An object: with the repositories that have the referrers, in place of those of the images. */
  readonly referrers?: boolean | { readonly source?: string; readonly target?: string };
  readonly backup?: string;
  readonly schedule?: string;
};

export type Selection = NamedTag | TagFilter;

/** One tag or digest. With both, only the digest decides. */
export type NamedTag = {
  readonly kind: "named";
  readonly tag?: string;
  readonly digest?: Digest;
  /** At least one. */
  readonly to: readonly string[];
};

/** Tags chosen from the list of the source repository. Each keeps its name. */
export type TagFilter = {
  readonly kind: "filter";
  /** A tag has to meet one of them. Empty: all tags do. */
  readonly any: readonly Condition[];
  /** A tag has to match all of them. */
  readonly keep?: readonly GoRegex[];
  /** A tag must not match any of them. */
  readonly deny?: readonly GoRegex[];
  /** Only the newest of them. */
  readonly latest?: Latest;
};

/** At least one of the two. */
export type Condition = {
  readonly versions?: VersionRule;
  /** A tag has to match one of them. */
  readonly allow?: readonly GoRegex[];
};

/** A regular expression of Go (RE2) that has to match any part of the tag: `^v1` in place of `v1.*`. */
export type GoRegex = {
  readonly text: string;
  readonly isNegated?: true;
  /** In a list of names, where a dot is meant as a dot. */
  readonly isInList?: true;
};

/** A tag has to be a version in one of the ranges, by the rules of a Go library. */
export type VersionRule = { readonly library: VersionLibrary; readonly ranges: readonly string[] };

export type VersionLibrary = "masterminds" | "regsync" | "blang";

/** dregsy's rule: the newest `count` versions, and all tags that are not versions. `named` tags of the same mapping count too. */
export type Latest = { readonly count: number; readonly named: readonly string[] };
