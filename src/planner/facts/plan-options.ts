import type { UploadRate } from "../../model/lifetime.ts";
import type { AgeOptions } from "./age.ts";

export type PlanOptions = AgeOptions & {
  /** Globs over `host/repository:tag` of targets; what they do not match is left out. */
  readonly only?: readonly string[];
  /** `only` says what to look at, not what to leave: deletes are planned as without it. */
  readonly isLookOnly?: boolean;
  /** Also read manifests to know sizes where each read counts as a pull. */
  readonly sizes?: boolean;
  /** How fast uploads went to a host; without it, what is assumed. */
  readonly rateOf?: (host: string) => UploadRate;
  /** Whether a host's own API may be asked about its repositories. */
  readonly hasProductApi?: (host: string) => boolean;
};
