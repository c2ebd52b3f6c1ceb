import type { Collector } from "../items/collect.ts";
import type { ForeignText } from "../items/read-file.ts";

/** A format of files of other tools. */
export type Format = {
  /** The value of `--from`. */
  readonly name: string;
  /** The tool or kind of file, for people. */
  readonly title: string;
  /** The files have no targets: `--target` names one. */
  readonly needsTarget?: true;
  /** The tool copies no signatures and attestations, unless an item says so. */
  readonly omitsReferrers?: true;
  /** The tool reads all documents of a file. Default: the first one. */
  readonly readsAllDocuments?: true;
  /** The paths at the target if `--paths` does not say it. */
  readonly paths?: "flatten" | "keep";
  /** Whether a file is of this format. */
  readonly recognises: (file: ForeignText) => boolean;
  /** Adds the items of a file. `all`: the files that are imported together. */
  readonly read: (file: ForeignText, out: Collector, all: readonly ForeignText[]) => void;
};
