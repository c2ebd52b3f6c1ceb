import type { Digest } from "../model/digest.ts";
import type { Change } from "../model/plan.ts";
import type { Cancellable, Clock, Reader } from "../model/ports.ts";
import { createLookByBoth } from "./look-at-target.ts";
import type { SettleTimes } from "./settle.ts";

export type RaceWatchOptions = Cancellable & {
  readonly reader: Pick<Reader, "resolve" | "resolveByContent" | "listTags">;
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  readonly settle: SettleTimes;
};

/** Looks at a tag for as long as it is being written. */
export type RaceWatch = {
  /** Fires when the run ends, or as soon as another client's image is seen at the tag: then the write is given up. */
  readonly signal: AbortSignal;
  /** Right after the last look before the write, which began at this time. */
  readonly start: (lookedAt: number) => void;
  /** Ends the looking. `other`: an image that another client wrote meanwhile. */
  readonly stop: (wrote: Digest | undefined) => RaceEnd;
};

export type RaceEnd = {
  readonly other?: Digest;
  /** When the last look began that found the tag as it was. */
  readonly lookedAt: number | undefined;
  /** The write was given up because of `other`. */
  readonly isGivenUp: boolean;
};

/**
 * A write that takes long may land on what another client has written since the last look, and that client may have confirmed its own
 * write by then. So the tag is looked at again and again until the write is answered: whatever another client writes stays visible
 * until ours lands on it. A look that fails proves nothing and is left out.
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
      // where the digest is not known beforehand, it may be the image of this very run
      if (seen.size > 0 && wanted !== undefined) return lost.abort(new DOMException("the tag was taken", "AbortError"));
    }
  };

  return {
    signal: AbortSignal.any([options.signal, lost.signal]),
    start: (lookedAt) => {
      last = lookedAt;
      // ends by itself or with the write, and rejects only for that
      lookAround().catch(() => undefined);
    },
    stop: (wrote) => {
      ended.abort();
      const other = [...seen].find((digest) => digest !== wrote);
      return { ...(other === undefined ? {} : { other }), lookedAt: last, isGivenUp: lost.signal.aborted };
    },
  };
}
