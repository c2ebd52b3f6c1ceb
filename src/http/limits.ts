import { IMAGE_LIMITS } from "../model/image-limits.ts";

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
  stalledPages: 100,
  referrers: 10_000,
  referrerPages: 1000,
  redirects: 5,
  urlLength: 8 * 1024,
  ...IMAGE_LIMITS,
  listedTags: 20_000,
  configBytes: 1024 * 1024,
  apiBytes: 8 * 1024 * 1024,
  apiPages: 1000,
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
  /** The whole body of an answer that is not a blob: a manifest, a page of a list, an error. */
  readonly answerMs: number;
  /** One change or question of planning in all; a change gets a second more for each MiB of its image. */
  readonly itemMs: number;
};

export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 10_000,
  headersMs: 60_000,
  finalPutHeadersMs: 300_000,
  bodyIdleMs: 60_000,
  answerMs: 120_000,
  itemMs: 900_000,
};

/** The body of a token's answer. */
export const TOKEN_BODY_MS = 30_000;

/** Retries of requests: so many for an item and a run in any case, and beyond that this share of their requests. */
export const RETRIES = { perItem: 20, perRun: 100, share: 0.2 } as const;

/** How long a wait that a registry asks for may be before the change fails instead. */
export const MAX_RETRY_AFTER_MS = 120_000;

/** What a transfer has to reach on average over the window, counted where the other side is waited for. */
export const PACE = { bytesPerSecond: 10 * 1024, windowMs: 120_000 } as const;

/** So many requests in a row without an answer, over so long a time, and a host is left alone for a while. */
export const BREAKER = { failures: 5, spanMs: 5000, openMs: 30_000 } as const;

/** A blob that breaks off again and again is read on as long as this much has come since the last break. */
export const RESUME_PROGRESS_BYTES = 1024 * 1024;

/**
 * Two clients that write one tag under an immutable rule, at a registry that does not enforce it. While the tag is being written it is
 * looked at every `lookMs`; it is read again no sooner than `waitMs` afterwards. Why that lets one of two at most report success:
 * docs/decisions/confirmed-writes.md.
 */
export const SETTLE = { lookMs: 1000, waitMs: 2000 } as const;

/** How long content that a registry has accepted may take until the registry knows it. */
export const VISIBILITY = { firstWaitMs: 500, totalMs: 30_000 } as const;
