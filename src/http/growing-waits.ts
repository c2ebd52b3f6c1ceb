import { VISIBILITY } from "./limits.ts";

/** Milliseconds between looks for what a registry has accepted, each wait twice the one before, until the time is over. */
export function* growingWaits(): Generator<number> {
  let left: number = VISIBILITY.totalMs;
  for (let wait: number = VISIBILITY.firstWaitMs; left > 0; wait *= 2) {
    const next = Math.min(wait, left);
    left -= next;
    yield next;
  }
}
