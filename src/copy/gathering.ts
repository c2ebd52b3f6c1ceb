import type { Digest } from "../model/digest.ts";
import type { Sink, SinkResult } from "./transfer.ts";

export type Gatherings = {
  /**
   * Joins the next read of a blob. Resolves to the result for this sink. The first member calls the others: the read starts when each of
   * them has joined or is known not to.
   */
  readonly join: (digest: Digest, sink: Sink, how: GatheringOptions) => Promise<SinkResult>;
};

export type GatheringOptions = {
  /** Starts copying the blob to the other targets that need it. Each promise settles when its target has joined or will not. */
  readonly callOthers: () => readonly Promise<void>[];
  readonly read: (sinks: readonly Sink[]) => Promise<readonly SinkResult[]>;
};

type Member = {
  readonly sink: Sink;
  readonly resolve: (result: SinkResult) => void;
  readonly reject: (error: unknown) => void;
};

/** Gathers all targets that need the same blob at the same time, so that it is read only once. */
export function createGatherings(): Gatherings {
  const open = new Map<Digest, Member[]>();
  return {
    join: (digest, sink, { callOthers, read }) => {
      const { promise, resolve, reject } = Promise.withResolvers<SinkResult>();
      const member = { sink, resolve, reject };
      const members = open.get(digest);
      if (members !== undefined) {
        members.push(member);
        return promise;
      }
      const fresh = [member];
      open.set(digest, fresh);
      void begin(fresh, async () => {
        await Promise.all(callOthers());
        open.delete(digest);
        return read(fresh.map((one) => one.sink));
      });
      return promise;
    },
  };
}

async function begin(members: readonly Member[], run: () => Promise<readonly SinkResult[]>): Promise<void> {
  try {
    const results = await run();
    results.forEach((result, at) => members[at]?.resolve(result));
  } catch (thrown) {
    for (const { reject } of members) reject(thrown);
  }
}
