import type { Digest } from "../model/digest.ts";
import { countForItemOf } from "../model/item-signal.ts";
import type { Change } from "../model/plan.ts";
import type { Cancellable, Clock, Reader } from "../model/ports.ts";
import { createLookByBoth } from "./look-at-target.ts";
import type { SettleTimes } from "./settle.ts";
import { defined } from "../model/defined.ts";

export type RaceWatchOptions = Cancellable & {
  readonly reader: Pick<Reader, "resolve" | "resolveByContent" | "listTags">;
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  readonly settle: SettleTimes;
};

/** Watches a tag while it is being written. */
export type RaceWatch = {
  /** Fires when the run ends, or when another client's image is seen at the tag, to cancel the write. */
  readonly signal: AbortSignal;
  /** Called right after the last look before the write; that look began at `lookedAt`. */
  readonly start: (lookedAt: number) => void;
  /** Stops watching. `other`: an image that another client wrote in the meantime. */
  readonly stop: (wrote: Digest | undefined) => RaceEnd;
};

export type RaceEnd = {
  readonly other?: Digest;
  /** When the last look began that found the tag unchanged. */
  readonly lookedAt: number | undefined;
  /** The write was cancelled because of `other`. */
  readonly isGivenUp: boolean;
};

/**
 * Detects a write by another client during a slow write of ours, which would overwrite it, possibly after that client has confirmed its own
 * write. The tag is polled until our write is answered: what another client writes stays visible until our write replaces it. A failed look
 * proves nothing and is ignored.
 */
export function createRaceWatch({ target, wanted, observed }: Change, options: RaceWatchOptions): RaceWatch {
  const { reader, clock, settle } = options;
  const look = createLookByBoth(reader);
  const lost = new AbortController();
  const ended = new AbortController();
  const seen = new Set<Digest>();
  const looking = AbortSignal.any([options.signal, ended.signal]);
  let last: number | undefined;

  const lookAround = async (): Promise<void> => {
    while (!looking.aborted) {
      await clock.sleep(settle.lookMs, looking);
      const at = clock.monotonic();
      const found = await look(target, { signal: looking }).then(
        (descriptor) => ({ digest: descriptor?.digest }),
        () => undefined,
      );
      if (looking.aborted) return;
      if (found === undefined) continue;
      const { digest } = found;
      if (digest === wanted && digest !== undefined) return;
      if (digest === (observed ?? undefined)) last = at;
      else if (digest !== undefined) seen.add(digest);
      // if the digest is not known in advance, the image may be our own
      if (seen.size > 0 && wanted !== undefined) return lost.abort(new DOMException("the tag was taken", "AbortError"));
    }
  };

  return {
    signal: countForItemOf(options.signal, AbortSignal.any([options.signal, lost.signal])),
    start: (lookedAt) => {
      last = lookedAt;
      // stops by itself or with the write, and rejects only then
      lookAround().catch(() => undefined);
    },
    stop: (wrote) => {
      ended.abort();
      const other = [...seen].find((digest) => digest !== wrote);
      return { ...defined({ other }), lookedAt: last, isGivenUp: lost.signal.aborted };
    },
  };
}
