import type { Cancellable } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import type { PlacedImage } from "../../model/image-list.ts";
import type { RegistryClient } from "../client.ts";

/** What is to be listed, and how. */
export type ListRequest = Cancellable & {
  /** The registry's own API, where it has one that lists: undefined where it may not be asked. */
  readonly listAll?: (
    options: Cancellable & { readonly onProgress: (done: number) => void },
  ) => Promise<readonly PlacedImage[] | undefined>;
  readonly client: Pick<RegistryClient, "reader" | "blobs">;
  readonly repository: Repository;
  /** Which tags are of interest; undefined: all, and what has none. */
  readonly tagFilter?: (tag: string) => boolean;
  /** Whether manifests may be read for times and sizes, and not only asked for by HEAD. */
  readonly details: boolean;
  readonly onProgress: (count: { readonly done: number; readonly of: number }) => void;
  /** What could not be found out about one image. */
  readonly onWarning: (message: string, reference: string) => void;
};
