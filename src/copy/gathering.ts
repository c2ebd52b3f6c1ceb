import { createSingleFlight } from "../async/single-flight.ts";
import { onceMore, RegistryError } from "../http/error.ts";
import type { Digest } from "../model/digest.ts";
import type { Sink, SinkResult } from "./transfer.ts";

export type Gatherings = {
  /**
   * Joins the next read of a blob. Returns the result for this sink. The first member calls the others: the read starts when each of them
   * has joined or is known not to. It ends early only if all members leave.
   */
  readonly join: (digest: Digest, sink: Sink, how: GatheringOptions) => Promise<SinkResult>;
};

export type GatheringOptions = {
  /** Starts copying the blob to the other targets that need it. Each promise settles when its target has joined or will not. */
  readonly callOthers: () => readonly Promise<void>[];
  readonly read: (sinks: readonly Sink[], signal: AbortSignal) => Promise<readonly SinkResult[]>;
  readonly signal: AbortSignal;
};

type Gathering = { readonly key: string; readonly sinks: Sink[]; hasBegun: boolean };

/** Gathers all targets that need the same blob at the same time, so that it is read only once. */
export function createGatherings(): Gatherings {
  const open = new Map<Digest, Gathering>();
  const reads = createSingleFlight<readonly SinkResult[]>();
  let count = 0;
  return {
    join: async (digest, sink, { callOthers, read, signal }) => {
      const gathering = open.get(digest) ?? { key: String((count += 1)), sinks: [], hasBegun: false };
      open.set(digest, gathering);
      const at = gathering.sinks.push(sink) - 1;
      const close = (): void => {
        if (open.get(digest) === gathering) open.delete(digest);
      };
      const results = await reads(gathering.key, signal, async (own) => {
        // a sink takes the bytes only once
        if (gathering.hasBegun) throw onceMore(ended(digest));
        gathering.hasBegun = true;
        own.addEventListener("abort", close, { once: true });
        try {
          await Promise.all(callOthers());
        } finally {
          close();
        }
        return read(gathering.sinks, own);
      });
      const result = results[at];
      if (result === undefined) throw new Error(`the reading of the blob "${digest}" has no result for a target`);
      return result;
    },
  };
}

function ended(digest: Digest): RegistryError {
  const message = `the reading of the blob "${digest}" ended with another change`;
  return new RegistryError({ code: "REGISTRY_TIMEOUT", message });
}
