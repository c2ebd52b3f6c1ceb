/** How many pulls a registry grants in a window of time, and how many of them are left. */
export type PullLimit = {
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds?: number;
};

/** What making a plan cost, and what it learnt about the cost of applying it. */
export type Spending = {
  /** To registries, token services and their APIs, repeated ones too. */
  readonly requests: number;
  /** What registries said last about their limits, by host; a host that was not asked or did not say is left out. */
  readonly pullLimits: ReadonlyMap<string, PullLimit>;
};
