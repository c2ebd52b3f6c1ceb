/** The lifetime of a token or similar. Milliseconds of one clock. */
export type Lifetime = { readonly obtainedAt: number; readonly expiresAt: number };

/** What the token is needed for. */
export type Use = {
  /** The work cannot be resumed: the token must last until its end. */
  readonly isLong?: boolean;
  /** The expected duration of the work. */
  readonly workMs?: number;
};

/** The upload speed to a host. */
export type UploadRate = { readonly bytesPerSecond: number; readonly isMeasured: boolean };

/** The assumed speed of the first uploads of a run, before anything is measured. */
export const ASSUMED_BYTES_PER_SECOND = 10 * 1024 * 1024;

/** The minimum remaining lifetime of a token that is still used, if there is a choice. */
export const MIN_REST_MS = 60_000;
const MAX_MARGIN_MS = 5 * 60_000;
const MARGIN_SHARE = 0.1;
/** If no token lives long enough, long work accepts a token up to this age. */
const FRESH_MS = 5000;

/**
 * Until when a token may be used. The work must end with a margin before the expiry: a tenth of the lifetime, at most five minutes. If the
 * lifetime is too short for that, long work uses a token only while it is fresh, and short work for half of the lifetime. This avoids a new
 * token before every request.
 */
export function usableUntil({ obtainedAt, expiresAt }: Lifetime, { isLong = false, workMs = 0 }: Use): number {
  const life = expiresAt - obtainedAt;
  const rest = Math.max(MIN_REST_MS, workMs + marginOf(life));
  return obtainedAt + Math.max(life - rest, isLong ? Math.min(FRESH_MS, life) : life / 2);
}

/** Whether work of this length fits into one lifetime if it starts with a fresh token. */
export function lastsFor(lifeMs: number, workMs: number): boolean {
  return workMs + marginOf(lifeMs) <= lifeMs;
}

function marginOf(life: number): number {
  return Math.min(MAX_MARGIN_MS, life * MARGIN_SHARE);
}
