/**
 * What a registry reports about the tags of one repository, for the tags in question. Tags whose state could not be determined are
 * `unknown`, never assumed mutable.
 */
export type TagPolicy = {
  /** The API that reported it: `artifactregistry.s3nsapis.fr`. */
  readonly by: string;
  /** Tags that cannot be moved or deleted once they exist: all of the repository, or some of the tags in question. */
  readonly immutable: "all" | readonly string[];
  /** Why they are immutable, human-readable. */
  readonly reason?: string;
  /** Why the state of the other tags is unknown. Undefined: the other tags may move. */
  readonly unknown?: string;
};

export function isImmutable({ immutable }: TagPolicy, tag: string): boolean {
  return immutable === "all" || immutable.includes(tag);
}
