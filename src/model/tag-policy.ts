/**
 * What a registry says about the tags of one repository. It answers for the tags that it was asked about; what it could not
 * tell is `unknown`, which is never the same as mutable.
 */
export type TagPolicy = {
  /** Who said it: `artifactregistry.s3nsapis.fr`. */
  readonly by: string;
  /** Tags that cannot move or go once they are there: all of the repository, or those of the ones asked about. */
  readonly immutable: "all" | readonly string[];
  /** Why they are immutable, for people. */
  readonly reason?: string;
  /** Why nobody knows it of the other tags. Left out: the others may move. */
  readonly unknown?: string;
};

export function isImmutable({ immutable }: TagPolicy, tag: string): boolean {
  return immutable === "all" || immutable.includes(tag);
}
