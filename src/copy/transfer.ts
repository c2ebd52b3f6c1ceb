import { Readable } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";
import type { Clock } from "../model/ports.ts";
import { RegistryError } from "../http/error.ts";
import { createPace } from "../http/pace.ts";

/** One target of a transfer. `send` gets its own stream of the bytes and settles when the target has committed them. */
export type Sink = {
  readonly send: (body: AsyncIterable<Uint8Array>) => Promise<void>;
  readonly onBytes: (count: number) => void;
};

/** The result for one sink. `side` distinguishes a failed source from a failed target. */
export type SinkResult =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly side: "source" | "target"; readonly error: unknown };

export type TransferOptions = {
  /** A target that accepts no bytes for this long is dropped, so that it does not block the others. */
  readonly idleMs: number;
  readonly clock: Pick<Clock, "monotonic">;
};

const BUFFER_BYTES = 256 * 1024;

/**
 * Reads a blob once and passes it to every sink. The slowest sink sets the pace, so that memory use stays constant. A sink that fails or
 * stalls is dropped while the others continue. If the source fails, every body ends early, so that no registry can commit it.
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
  /** Ends the body: complete, or broken off if the source failed. */
  readonly end: (failure: { readonly error: unknown } | undefined) => void;
  readonly isOver: () => boolean;
  /** Resolves to the error, or undefined on success. */
  readonly finished: Promise<unknown>;
};

function createLane(sink: Sink, { idleMs, clock }: TransferOptions): Lane {
  let wake: (() => void) | undefined;
  let isOver = false;
  let stall: RegistryError | undefined;
  let idle: NodeJS.Timeout | undefined;
  const pace = createPace(clock);
  const resume = (): void => {
    wake?.();
    wake = undefined;
  };
  const body = new Readable({ highWaterMark: BUFFER_BYTES, read: resume });
  body.on("close", resume);
  // the outcome is in the result of `send`; without a listener, an aborted body would end the process
  body.on("error", () => undefined);
  const finish = async (): Promise<unknown> => {
    try {
      await sink.send(body);
      return undefined;
    } catch (error) {
      return stall ?? error ?? new Error("the upload failed");
    } finally {
      isOver = true;
      clearTimeout(idle);
      resume();
    }
  };
  const giveUp = (message: string): void => {
    stall = new RegistryError({ code: "REGISTRY_TIMEOUT", side: "target", message }, { isRetryable: true });
    body.destroy(stall);
  };
  const onIdle = (): void => {
    // without a chunk that waits, the source is the slow side
    if (wake === undefined) idle = undefined;
    else giveUp("the target accepts no more bytes");
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
      // one timer for all chunks: there are sixteen thousand in a gigabyte
      idle = idle?.refresh() ?? setTimeout(onIdle, idleMs);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (pace.isTooSlow(chunk.byteLength, pace.now() - askedAt)) giveUp("the target accepts bytes too slowly");
    },
    end: (failure) => {
      if (failure === undefined) body.push(null);
      else body.destroy(new Error("the source failed"));
    },
  };
}
