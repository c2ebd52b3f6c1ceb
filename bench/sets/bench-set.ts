import type { TestImage } from "../../test/support/images.ts";

/** Content that is written straight to a disk, because it does not fit in memory. */
export type BigBlob = {
  readonly digest: string;
  readonly size: number;
  readonly write: (file: string) => Promise<void>;
};

export type BenchImage = { readonly image: TestImage; readonly big?: readonly BigBlob[] };

/** Signatures and other referrers, stored under their digest tags. */
export type Attached = { readonly tag: string; readonly image: TestImage };

export type BenchRepository = {
  readonly name: string;
  readonly tags: ReadonlyMap<string, BenchImage>;
  readonly attached?: readonly Attached[];
};

/** What the source holds. The same options give the same digests. */
export type BenchSet = { readonly repositories: readonly BenchRepository[] };

export function tagCount({ repositories }: BenchSet): number {
  return repositories.reduce((sum, { tags }) => sum + tags.size, 0);
}
