/**
 * Every limit on what a registry may make us wait for, read or follow, in one place. Bytes and milliseconds.
 * Why these numbers: docs/limits.md.
 */
export const LIMITS = {
  manifestBytes: 4 * 1024 * 1024,
  tagPageBytes: 4 * 1024 * 1024,
  tokenBytes: 128 * 1024,
  errorBytes: 64 * 1024,
  tags: 1_000_000,
  tagPages: 10_000,
  tagsPerPage: 1000,
  redirects: 5,
  urlLength: 8 * 1024,
  indexDepth: 4,
  descriptorsPerManifest: 1000,
  nodesPerImage: 10_000,
  listedTags: 20_000,
  configBytes: 1024 * 1024,
} as const;

/** The times that the person's settings may change. */
export type Timeouts = {
  /** TCP and TLS. */
  readonly connectMs: number;
  /** From the end of the request to the first byte of the answer. */
  readonly headersMs: number;
  /** The same for the PUT that commits a blob or manifest: registries and proxies work first and answer then. */
  readonly finalPutHeadersMs: number;
  /** A body without a single byte. */
  readonly bodyIdleMs: number;
};

export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 10_000,
  headersMs: 60_000,
  finalPutHeadersMs: 300_000,
  bodyIdleMs: 60_000,
};

/** How long a wait that a registry asks for may be before the change fails instead. */
export const MAX_RETRY_AFTER_MS = 120_000;
