import type { Digest } from "./digest.ts";

/** What the wishes of a manifest stood for when it was locked: the digests of their tags at the source. */
export type Lock = { readonly locked: readonly LockedMapping[] };

/** Known by source and text, so that entries may be moved and renamed: equal wishes for one source are locked once. */
export type LockedMapping = {
  /** `host/path`. */
  readonly source: string;
  /** The wish as `mappingText` writes it. */
  readonly mapping: string;
  readonly tags: ReadonlyMap<string, Digest>;
};

/** What is different at the source from what was locked. */
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
