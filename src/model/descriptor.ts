import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** What points at content: OCI image-spec, descriptor.md. Sizes in bytes. */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: ReadonlyMap<string, string>;
  readonly artifactType?: string;
  /** Where a foreign (non-distributable) layer may be had instead. Never fetched: see registries.md section 7, threat T5. */
  readonly urls?: readonly string[];
};
