import type { Digest } from "../model/digest.ts";
import type { Sink, SinkResult } from "./transfer.ts";

export type Gatherings = {
  /**
   * Takes part in the next reading of a blob; resolves when this sink has its bytes, or rejects with its result. The first to
   * join calls in others: the reading begins when each of them has joined or is known not to come.
   */
  readonly join: (digest: Digest, sink: Sink, how: GatheringOptions) => Promise<SinkResult>;
};

export type GatheringOptions = {
  /** Starts bringing the blob to the other places that need it; each promise settles when its place has joined or will not. */
  readonly callOthers: () => readonly Promise<void>[];
  readonly read: (sinks: readonly Sink[]) => Promise<readonly SinkResult[]>;
};

type Member = {
  readonly sink: Sink;
  readonly resolve: (result: SinkResult) => void;
  readonly reject: (error: unknown) => void;
};

/** Brings together those who need the same blob at the same time, so that it is read once for all of them. */
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
