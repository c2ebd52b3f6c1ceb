import type { ChainStep } from "../credentials/chain.ts";
import type { Explanation } from "../planner/explain.ts";

/** The credential sources that were asked for a repository, and what each returned. Holds no secret. */
export type ExplainedCredentials = {
  readonly side: "source" | "target";
  /** `HOST/REPOSITORY`. */
  readonly place: string;
  readonly steps: readonly ChainStep[];
  /** A layout folder needs no credentials. */
  readonly isLayout: boolean;
  readonly now: Date;
};

/** Why a tag is synced or not, and with which credentials. */
export type ExplainedTag = Explanation & { readonly credentials: readonly ExplainedCredentials[] };
