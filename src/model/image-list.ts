import type { Digest } from "./digest.ts";
import type { Repository } from "./reference.ts";

/** What a registry reports about one digest of a repository. Missing values are undefined, never guessed. */
export type ListedImage = {
  readonly digest: Digest;
  readonly mediaType?: string;
  /** Sorted; empty for an untagged image. */
  readonly tags: readonly string[];
  /** When the image was built, according to the image. */
  readonly created?: Date;
  /** When the image was uploaded to this registry, according to the registry. */
  readonly updated?: Date;
  /** The size of configs and layers over all platforms; shared blobs count once. */
  readonly bytes?: number;
};

/** An image with its repository, for lists that span repositories. */
export type PlacedImage = ListedImage & { readonly repository: Repository };

/** `more` is the number of images beyond the limit. */
export type ImageList = {
  readonly repository: string;
  readonly images: readonly (ListedImage & { readonly repository?: Repository })[];
  readonly more: number;
};
