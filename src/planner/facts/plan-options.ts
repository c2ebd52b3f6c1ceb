import type { UploadRate } from "../../model/lifetime.ts";
import type { AgeOptions } from "./age.ts";

export type PlanOptions = AgeOptions & {
  /** Globs over `host/repository:tag` of targets; other targets are left out. */
  readonly only?: readonly string[];
  /** `only` selects what to show; deletes are planned as without it. */
  readonly isLookOnly?: boolean;
  /** Also read manifests for sizes if each read counts as a pull. */
  readonly sizes?: boolean;
  /** The number of parts to divide the plan into. */
  readonly shards?: number;
  /** The measured upload rate of a host. Without it, a default is assumed. */
  readonly rateOf?: (host: string) => UploadRate;
  /** Whether a host's product API may be queried about its repositories. */
  readonly hasProductApi?: (host: string) => boolean;
};
