import type { Catalog, Entry } from "../../model/sync-manifest.ts";
import type { Range } from "./source-text.ts";

/** A literal mapping of one target tag, for comparing entries. */
export type Claim = {
  /** `host/path:tag` */
  readonly target: string;
  /** The normalised source: equal sources have equal text. */
  readonly source: string;
  /** `host/path:tag`, if the source is a tag at a registry. */
  readonly sourceTag?: string;
  /** `host/path:tag` of the target's backup, if the name does not depend on a digest. */
  readonly backup?: string;
  readonly range: Range;
};

/** The result of reading one element of `images`. */
export type ReadEntry = {
  readonly entries: readonly Entry[];
  readonly claims: readonly Claim[];
  readonly catalogs?: readonly Catalog[];
};
