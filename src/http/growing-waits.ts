import { VISIBILITY } from "./limits.ts";

/** Milliseconds to wait between checks for accepted content. Each wait is twice the previous one, until the total is used up. */
export function* growingWaits(): Generator<number> {
  let left: number = VISIBILITY.totalMs;
  for (let wait: number = VISIBILITY.firstWaitMs; left > 0; wait *= 2) {
    const next = Math.min(wait, left);
    left -= next;
    yield next;
  }
}
