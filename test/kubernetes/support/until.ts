import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 100;

/** Waits until the look returns something. @throws Error naming what was waited for, after the given time */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${limitMs / 1000} s in vain: ${what}`);
    await sleep(POLL_MS);
  }
}
