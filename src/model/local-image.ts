import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** An image that docker (or podman, nerdctl) has on this machine. */
export type LocalImage = {
  /** In docker's classic image store and podman's the digest of its config, in containerd's that of its manifest or index. */
  readonly id: Digest;
  /** What containerd's image store says the image is; the classic store has no such thing, and so tells which one it is. */
  readonly descriptor?: { readonly digest: Digest; readonly mediaType: string };
  readonly platform?: Platform;
  /** Unpacked. */
  readonly bytes?: number;
  /** `NAME:TAG` and `NAME@DIGEST`, all that it is called here. */
  readonly names: readonly string[];
};
