import type { Readable } from "node:stream";
import type { Clock } from "../model/ports.ts";
import { onceMore, RegistryError } from "./error.ts";
import { formatLimit } from "../model/size.ts";

/**
 * Reads a whole body of at most `limit` bytes. Memory grows with the bytes received, never with a declared size. Threat T15.
 * @throws RegistryError LIMIT_EXCEEDED
 */
export async function readAtMost(body: AsyncIterable<Uint8Array>, limit: number, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > limit) {
      throw new RegistryError({ code: "LIMIT_EXCEEDED", message: `${what} is larger than ${formatLimit(limit)}` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Reads the first `limit` bytes of an error response as text and ignores the rest. */
export async function readStart(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length >= limit) break;
    }
  } catch {
    // the status is already known: an incomplete body only shortens the message
  }
  return Buffer.concat(chunks).subarray(0, limit).toString("utf8");
}

/** Bounds the total time of a body. A host that sends a byte now and then never hits the idle timeout. */
export function endInTime(
  body: Readable,
  { host }: URL,
  { clock, milliseconds }: { readonly clock: Pick<Clock, "alarm">; readonly milliseconds: number },
): void {
  const cancel = clock.alarm(milliseconds, () => {
    const message = `${host}: the answer took longer than ${milliseconds / 1000} s to arrive`;
    body.destroy(onceMore(new RegistryError({ code: "REGISTRY_TIMEOUT", message })));
  });
  body.once("close", cancel);
}
