import type { Sink, SinkResult } from "./transfer.ts";

/** Reads a small blob into memory and passes it to every sink. A sink that fails does not affect the others. */
export async function deliverSmall(
  open: () => Promise<AsyncIterable<Uint8Array>>,
  sinks: readonly Sink[],
): Promise<readonly SinkResult[]> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of await open()) chunks.push(chunk);
  } catch (error) {
    return sinks.map(() => ({ kind: "failed", side: "source", error }));
  }
  return Promise.all(
    sinks.map(async ({ send, onBytes }): Promise<SinkResult> => {
      for (const chunk of chunks) onBytes(chunk.byteLength);
      try {
        await send(each(chunks));
        return { kind: "done" };
      } catch (error) {
        return { kind: "failed", side: "target", error };
      }
    }),
  );
}

async function* each(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
