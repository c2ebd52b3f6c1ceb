import { IMAGE_LIMITS } from "../model/image-limits.ts";

/**
 * All limits on what a registry may make imgsync wait for, read or follow, in bytes and milliseconds.
 * Rationale: docs/limits.md.
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
  repositories: 100_000,
  referrers: 10_000,
  referrerPages: 1000,
  redirects: 5,
  urlLength: 8 * 1024,
  ...IMAGE_LIMITS,
  listedTags: 20_000,
  configBytes: 1024 * 1024,
  apiBytes: 8 * 1024 * 1024,
  apiPages: 1000,
  /** Blobs up to this size are held in memory while they are copied: a stream costs more time than their bytes. */
  smallBlobBytes: 32 * 1024,
} as const;

/** The timeouts that users can configure. */
export type Timeouts = {
  /** TCP and TLS handshake. */
  readonly connectMs: number;
  /** From the end of the request to the first byte of the response. */
  readonly headersMs: number;
  /** The same for the PUT that commits a blob or manifest: registries and proxies respond only after processing it. */
  readonly finalPutHeadersMs: number;
  /** A body that sends no bytes. */
  readonly bodyIdleMs: number;
  /** The whole response body unless it is a blob: a manifest, a page of a list, an error. */
  readonly answerMs: number;
  /** One change or planning request in total. A change gets one more second per MiB of its image. */
  readonly itemMs: number;
  /** Changes in progress of `apply` after the first interruption. */
  readonly drainMs: number;
};

export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 10_000,
  headersMs: 60_000,
  finalPutHeadersMs: 300_000,
  bodyIdleMs: 60_000,
  answerMs: 120_000,
  itemMs: 900_000,
  drainMs: 10_000,
};

/** The response body of a token request. */
export const TOKEN_BODY_MS = 30_000;

/** Retry budget: an item or run may use this many retries, or this share of its requests if that is more. */
export const RETRIES = { perItem: 20, perRun: 100, share: 0.2 } as const;

/** The longest Retry-After that is honored. The change fails if the registry asks for more. */
export const MAX_RETRY_AFTER_MS = 120_000;

/** Minimum average rate of a transfer over the window, counting only time spent waiting for the other side. */
export const PACE = { bytesPerSecond: 10 * 1024, windowMs: 120_000 } as const;

/** After this many consecutive requests without a response, over this span, the host is not contacted for a while. */
export const BREAKER = { failures: 5, spanMs: 5000, openMs: 30_000 } as const;

/**
 * After only 429 and 503 to requests of one kind for this span, they fail at once, except one in each `openMs`. The span is as long as the
 * attempts of one request with the longest Retry-After. It begins again after `quietMs` without such a request.
 */
export const REFUSALS = { spanMs: 600_000, openMs: 30_000, quietMs: 300_000 } as const;

/** An interrupted blob download resumes without limit as long as this many bytes arrived since the last interruption. */
export const RESUME_PROGRESS_BYTES = 1024 * 1024;

/**
 * Detects two clients that write the same tag under an immutable rule at a registry that does not enforce it. The tag is checked every
 * `lookMs` during the write and read again no sooner than `waitMs` after it. Why at most one of the two reports success:
 * docs/decisions/confirmed-writes.md.
 */
export const SETTLE = { lookMs: 1000, waitMs: 2000 } as const;

/**
 * How `reserve` counts: what a host reported is trusted for `freshMs`, a host that has too few pulls left is asked again every `pollMs`, and a
 * pull waits at most `maxWaitMs`, two windows of the usual length.
 */
export const PULL_RESERVE = { freshMs: 60_000, pollMs: 60_000, maxWaitMs: 12 * 3_600_000 } as const;

/** How long accepted content may take to become visible. */
export const VISIBILITY = { firstWaitMs: 500, totalMs: 30_000 } as const;
