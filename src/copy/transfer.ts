import { Readable } from "node:stream";
import type { Clock } from "../model/ports.ts";
import { RegistryError } from "../http/error.ts";
import { createPace } from "../http/pace.ts";

/** Where the bytes of one transfer go: `send` gets its own stream of them and settles when that target has committed. */
export type Sink = {
  readonly send: (body: Readable) => Promise<void>;
  readonly onBytes: (count: number) => void;
};

/** How one sink ended; `cause` tells a failing source from a failing target. */
export type SinkResult =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly side: "source" | "target"; readonly error: unknown };

export type TransferOptions = {
  /** A target that takes no byte for this long is given up, so that it does not stop the others. */
  readonly idleMs: number;
  readonly clock: Pick<Clock, "monotonic">;
};

const BUFFER_BYTES = 256 * 1024;

/**
 * Reads a blob once and hands it to every sink as it comes. The slowest sink sets the pace, so that memory stays flat; one
 * that fails or stalls drops out and the others go on. A source that fails ends every body without its last bytes, so that
 * no registry can commit it.
 */
export async function transfer(
  open: () => Promise<AsyncIterable<Uint8Array>>,
  sinks: readonly Sink[],
  options: TransferOptions,
): Promise<readonly SinkResult[]> {
  const lanes = sinks.map((sink) => createLane(sink, options));
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of await open()) {
      if (lanes.every(({ isOver }) => isOver())) break;
      await Promise.all(lanes.map((lane) => lane.write(chunk)));
    }
  } catch (error) {
    failure = { error };
  }
  for (const lane of lanes) lane.end(failure);
  return Promise.all(
    lanes.map(async ({ finished }): Promise<SinkResult> => {
      const error = await finished;
      if (error === undefined) return { kind: "done" };
      return failure === undefined
        ? { kind: "failed", side: "target", error }
        : { kind: "failed", side: "source", error: failure.error };
    }),
  );
}

type Lane = {
  readonly write: (chunk: Uint8Array) => Promise<void>;
  /** Ends the body: whole, or broken off where the source failed. */
  readonly end: (failure: { readonly error: unknown } | undefined) => void;
  readonly isOver: () => boolean;
  /** The error it ended with, or undefined. */
  readonly finished: Promise<unknown>;
};

function createLane(sink: Sink, { idleMs, clock }: TransferOptions): Lane {
  let wake: (() => void) | undefined;
  let isOver = false;
  let stall: RegistryError | undefined;
  const pace = createPace(clock);
  const resume = (): void => {
    wake?.();
    wake = undefined;
  };
  const body = new Readable({ highWaterMark: BUFFER_BYTES, read: resume });
  body.on("close", resume);
  // what its end means is in the result of `send`; without a listener an aborted body would end the process
  body.on("error", () => undefined);
  const finish = async (): Promise<unknown> => {
    try {
      await sink.send(body);
      return undefined;
    } catch (error) {
      return stall ?? error ?? new Error("the upload failed");
    } finally {
      isOver = true;
      resume();
    }
  };
  const giveUp = (message: string): void => {
    stall = new RegistryError({ code: "REGISTRY_TIMEOUT", side: "target", message }, { isRetryable: true });
    body.destroy(stall);
  };
  const finished = finish();
  return {
    isOver: () => isOver,
    finished,
    write: async (chunk) => {
      if (isOver || body.destroyed) return;
      sink.onBytes(chunk.byteLength);
      if (body.push(chunk)) return;
      const askedAt = pace.now();
      const idle = setTimeout(() => giveUp("the target accepts no more bytes"), idleMs);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      clearTimeout(idle);
      if (pace.isTooSlow(chunk.byteLength, pace.now() - askedAt)) giveUp("the target accepts bytes too slowly");
    },
    end: (failure) => {
      if (failure === undefined) body.push(null);
      else body.destroy(new Error("the source failed"));
    },
  };
}
