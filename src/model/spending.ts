/** The pull quota of a registry for a window of time, and what remains of it. */
export type PullLimit = {
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds?: number;
  /** The number of pulls that images.yaml keeps. */
  readonly reserve?: number;
};

/** What planning cost, and the known limits for applying the plan. */
export type Spending = {
  /** Requests to registries, token services and product APIs, including retries. */
  readonly requests: number;
  /** The latest pull limits by host. Hosts that were not contacted or report no limit are omitted. */
  readonly pullLimits: ReadonlyMap<string, PullLimit>;
};
