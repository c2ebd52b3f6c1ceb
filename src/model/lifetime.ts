/** Something with an end, such as a token. Milliseconds of one clock. */
export type Lifetime = { readonly obtainedAt: number; readonly expiresAt: number };

/** What it is wanted for. */
export type Use = {
  /** The work cannot be repeated from its middle: what it is begun with has to last until its end. */
  readonly isLong?: boolean;
  /** How long the work will take. */
  readonly workMs?: number;
};

/** How fast blobs travel to a host. */
export type UploadRate = { readonly bytesPerSecond: number; readonly isMeasured: boolean };

/** How fast blobs travel where nothing has been measured yet: what the first uploads of a run go by. */
export const ASSUMED_BYTES_PER_SECOND = 10 * 1024 * 1024;

/** What has less life left is not used any more, where there is a choice. */
export const MIN_REST_MS = 60_000;
const MAX_MARGIN_MS = 5 * 60_000;
const MARGIN_SHARE = 0.1;
/** What is so fresh has to do for long work, where nothing lives long enough for it. */
const FRESH_MS = 5000;

/**
 * Until when it may be used for this: so early before its end that the work ends with a margin (a tenth of its life, at most
 * five minutes). What never lives long enough is used while it is fresh, for short work for half of its life, rather than
 * asked for before every request.
 */
export function usableUntil({ obtainedAt, expiresAt }: Lifetime, { isLong = false, workMs = 0 }: Use): number {
  const life = expiresAt - obtainedAt;
  const rest = Math.max(MIN_REST_MS, workMs + marginOf(life));
  return obtainedAt + Math.max(life - rest, isLong ? Math.min(FRESH_MS, life) : life / 2);
}

/** Whether work of this length can be begun and ended within one life, if it is begun with something fresh. */
export function lastsFor(lifeMs: number, workMs: number): boolean {
  return workMs + marginOf(lifeMs) <= lifeMs;
}

function marginOf(life: number): number {
  return Math.min(MAX_MARGIN_MS, life * MARGIN_SHARE);
}
