import type { Descriptor } from "./descriptor.ts";
import { algorithmOf, createDigester } from "./digest.ts";

/** In what way bytes are not those that a descriptor promises. */
export type Mismatch = "longer" | "other";

/**
 * The bytes of a stream, hashed and counted. The last piece is held back until all proved right, so that whoever takes them
 * cannot complete what is wrong.
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
