import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** A reference to content. OCI image-spec, descriptor.md. Sizes are in bytes. */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: ReadonlyMap<string, string>;
  readonly artifactType?: string;
  /** Other addresses of a foreign (non-distributable) layer. Never fetched: see registries.md section 7, threat T5. */
  readonly urls?: readonly string[];
};
