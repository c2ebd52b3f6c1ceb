import type { Descriptor } from "./descriptor.ts";
import { algorithmOf, createDigester } from "./digest.ts";

/** How bytes differ from their descriptor. */
export type Mismatch = "longer" | "other";

/**
 * Hashes and counts the bytes of a stream. The last chunk is held back until all bytes are verified, so that a consumer cannot complete a
 * corrupt blob.
 */
export async function* verified(
  body: AsyncIterable<Uint8Array>,
  { digest, size }: Descriptor,
  toError: (mismatch: Mismatch) => Error,
): AsyncGenerator<Uint8Array> {
  const digester = createDigester(algorithmOf(digest));
  let length = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > size) throw toError("longer");
    digester.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (digester.digest() !== digest) throw toError("other");
  if (held !== undefined) yield held;
}
