import type { Digest } from "./digest.ts";

/** The source digests that the mappings of a manifest resolved to when it was locked. */
export type Lock = { readonly locked: readonly LockedMapping[] };

/** Keyed by source and text, so that entries can be moved and renamed. Equal mappings of one source share an element. */
export type LockedMapping = {
  /** `host/path`. */
  readonly source: string;
  /** The mapping as `mappingText` formats it. */
  readonly mapping: string;
  readonly tags: ReadonlyMap<string, Digest>;
};

/** A difference between the source and the lock. */
export type LockChange = {
  readonly kind: "added" | "removed" | "changed";
  readonly source: string;
  readonly tag: string;
  readonly before?: Digest;
  readonly now?: Digest;
  readonly mapping: string;
};

export function lockKey({ source, mapping }: Pick<LockedMapping, "source" | "mapping">): string {
  return JSON.stringify([source, mapping]);
}
