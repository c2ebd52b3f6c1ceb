import type { Cancellable } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import type { PlacedImage } from "../../model/image-list.ts";
import type { RegistryClient } from "../client.ts";

/** What to list, and how. */
export type ListRequest = Cancellable & {
  /** Lists by the registry's own API. Undefined if there is none or it may not be used. */
  readonly listAll?: (
    options: Cancellable & { readonly onProgress: (done: number) => void },
  ) => Promise<readonly PlacedImage[] | undefined>;
  readonly client: Pick<RegistryClient, "reader" | "blobs">;
  readonly repository: Repository;
  /** Selects tags. Undefined selects everything, including untagged images. */
  readonly tagFilter?: (tag: string) => boolean;
  /** Whether to read manifests for times and sizes, in addition to HEAD requests. */
  readonly details: boolean;
  readonly onProgress: (count: { readonly done: number; readonly of: number }) => void;
  /** Called for details of an image that could not be determined. */
  readonly onWarning: (message: string, reference: string) => void;
};
