import type { Position } from "../../model/position.ts";
import type { Entry } from "../../model/sync-manifest.ts";
import type { Defaults } from "../../schema/generated/images.ts";
import type { Places } from "./text.ts";

export type KeyName = keyof Defaults;

/** Where the value of a key was written, and what can be said there. `below` leads to a part of the value. */
export type KeyPlace = {
  /** At the entry itself, and not in `defaults`. */
  readonly isOwn: boolean;
  /** Whether the entry's source is a local image. */
  readonly isLocal: boolean;
  readonly report: (finding: KeyFinding, ...below: readonly (string | number)[]) => void;
  /** Says at the entry's source what is wrong with it. */
  readonly refuseSource: (finding: KeyFinding) => void;
  readonly position: (...below: readonly (string | number)[]) => Position;
  /** A path as it stands in the file, as one from the root file's folder. */
  readonly pathFromRoot: (path: string) => string;
};

export type KeyFinding = { readonly message: string; readonly hint?: string };

/** One key that an entry, or `defaults`, can have. Its description for editors stands in schemas/images.schema.json. */
export type Key<N extends KeyName = KeyName> = {
  readonly name: N;
  /** Which parts of it are text; left out: none. */
  readonly text?: Places;
  /** What the entry gets: its own value, or that of `defaults`, or, for undefined, what we take. */
  readonly read: (written: Defaults[N], place: KeyPlace) => Partial<Entry>;
};
