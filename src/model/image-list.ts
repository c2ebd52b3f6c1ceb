import type { Digest } from "./digest.ts";
import type { Repository } from "./reference.ts";

/** What a registry tells about one digest of a repository. What it does not tell is undefined, never guessed. */
export type ListedImage = {
  readonly digest: Digest;
  readonly mediaType?: string;
  /** Sorted; none for what only a digest names. */
  readonly tags: readonly string[];
  /** When the image was built, as it says itself. */
  readonly created?: Date;
  /** When it came to this registry, as that says. */
  readonly updated?: Date;
  /** Of the config and the layers, of all platforms together; what platforms share counts once. */
  readonly bytes?: number;
};

/** An image with the repository that it is in, for lists of more than one. */
export type PlacedImage = ListedImage & { readonly repository: Repository };

/** `more`: images beyond the limit. */
export type ImageList = {
  readonly repository: string;
  readonly images: readonly (ListedImage & { readonly repository?: Repository })[];
  readonly more: number;
};
