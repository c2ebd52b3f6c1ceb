import type { Position } from "../../model/position.ts";
import type { Entry } from "../../model/sync-manifest.ts";
import type { Defaults } from "../../schema/generated/images.ts";
import type { Places } from "./text.ts";

export type KeyName = keyof Defaults;

/** Where the value of a key was written, and how to report findings there. `below` is the path to a part of the value. */
export type KeyPlace = {
  /** Written at the entry itself, not in `defaults`. */
  readonly isOwn: boolean;
  /** The entry's source is a local image. */
  readonly isLocal: boolean;
  readonly report: (finding: KeyFinding, ...below: readonly (string | number)[]) => void;
  /** Reports a finding at the entry's source. */
  readonly refuseSource: (finding: KeyFinding) => void;
  readonly position: (...below: readonly (string | number)[]) => Position;
  /** Makes a path in the file relative to the root file's folder. */
  readonly pathFromRoot: (path: string) => string;
};

export type KeyFinding = { readonly message: string; readonly hint?: string };

/** One key of an entry or of `defaults`. Its description for editors is in schemas/images.schema.json. */
export type Key<N extends KeyName = KeyName> = {
  readonly name: N;
  /** The parts of the value that are text. Undefined: none. */
  readonly text?: Places;
  /** Converts the entry's own value, or that of `defaults`; `written` is undefined if neither is set. */
  readonly read: (written: Defaults[N], place: KeyPlace) => Partial<Entry>;
};
