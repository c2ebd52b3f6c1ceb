import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** An image in the local store of docker (or podman, nerdctl). */
export type LocalImage = {
  /** The digest of the config in docker's classic image store and in podman, of the manifest or index in containerd's store. */
  readonly id: Digest;
  /** The descriptor in containerd's image store. The classic store has none, so the field also identifies the store. */
  readonly descriptor?: { readonly digest: Digest; readonly mediaType: string };
  readonly platform?: Platform;
  /** The unpacked size. */
  readonly bytes?: number;
  /** The digests of its unpacked layers, in the order of the layers in its manifest. */
  readonly layers?: readonly Digest[];
  /** When docker last gave the image a tag, as docker prints it. */
  readonly taggedAt?: string;
  /** All local names, as `NAME:TAG` and `NAME@DIGEST`. */
  readonly names: readonly string[];
};
