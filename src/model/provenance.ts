/** What a plan was made from, as far as it is known. It has no absolute paths. */
export type Provenance = {
  readonly at: Date;
  /** The version of imgsync. */
  readonly version: string;
  /** The manifest's root file, relative to the current folder, or only its name. */
  readonly manifest: string;
  readonly revision?: GitRevision;
  /** The Git revision of `--since`: only entries that changed since then are in the plan. */
  readonly since?: string;
  /** The patterns of `--only`. */
  readonly only?: readonly string[];
};

/** The commit of a checkout. */
export type GitRevision = {
  readonly commit: string;
  /** Whether the manifest, its includes or its lock file differ from the commit. */
  readonly isChanged: boolean;
};
