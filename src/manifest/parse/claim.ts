import type { Entry } from "../../model/sync-manifest.ts";
import type { Range } from "./source-text.ts";

/** A literal wish for one target tag, by which entries are compared with one another. */
export type Claim = {
  /** `host/path:tag` */
  readonly target: string;
  /** The source as text, normalised: equal sources agree. */
  readonly source: string;
  /** `host/path:tag`, where the source is a tag at a registry. */
  readonly sourceTag?: string;
  /** `host/path:tag` of what the target's backup would be, where that is known without its digest. */
  readonly backup?: string;
  readonly range: Range;
};

/** What one element of `images` comes to. */
export type ReadEntry = { readonly entries: readonly Entry[]; readonly claims: readonly Claim[] };
