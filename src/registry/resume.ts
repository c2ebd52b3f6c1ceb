import { RegistryError } from "../http/error.ts";
import { PACE, RESUME_PROGRESS_BYTES } from "../http/limits.ts";
import { createPace } from "../http/pace.ts";
import type { Clock } from "../model/ports.ts";
import type { Patience } from "../http/retry.ts";
import { formatBytes, formatLimit } from "../model/size.ts";

export type ResumeOptions = {
  readonly size: number;
  /** Returns the bytes from `offset` on. Its errors are handled like an interruption. */
  readonly openAt: (offset: number) => Promise<AsyncIterable<Uint8Array>>;
  readonly patience: Patience;
  readonly clock: Pick<Clock, "monotonic">;
  /** Name of the content in errors: `HOST: the blob "DIGEST"`. */
  readonly what: string;
};

/**
 * Reads a body of `size` bytes from as many responses as needed: when one breaks off, stalls or is too slow, the next one continues at the
 * missing byte. Excess bytes are passed on, for the reader to reject.
 */
export async function* resumable(first: AsyncIterable<Uint8Array>, options: ResumeOptions): AsyncGenerator<Uint8Array> {
  const { size, openAt, patience, what } = options;
  let position = 0;
  let lastBreakAt = 0;
  let body: AsyncIterable<Uint8Array> | undefined = first;
  for (;;) {
    try {
      body ??= await openAt(position);
      for await (const chunk of paced(body, options)) {
        position += chunk.byteLength;
        yield chunk;
      }
      if (position >= size) return;
      throw new RegistryError(
        {
          code: "REGISTRY_UNREACHABLE",
          message: `${what} ended after ${formatBytes(position)} of ${formatBytes(size)}`,
        },
        { isRetryable: true },
      );
    } catch (thrown) {
      if (position - lastBreakAt >= RESUME_PROGRESS_BYTES) patience.reset();
      lastBreakAt = position;
      body = undefined;
      await patience.after(thrown);
    }
  }
}

/** Passes chunks on while they arrive fast enough, not counting the time the reader takes. */
async function* paced(body: AsyncIterable<Uint8Array>, { clock, what }: ResumeOptions): AsyncGenerator<Uint8Array> {
  const pace = createPace(clock);
  let askedAt = pace.now();
  for await (const chunk of body) {
    if (pace.isTooSlow(chunk.byteLength, pace.now() - askedAt)) {
      throw new RegistryError(
        {
          code: "REGISTRY_TIMEOUT",
          message: `${what} arrived at less than ${formatLimit(PACE.bytesPerSecond)} a second`,
        },
        { isRetryable: true },
      );
    }
    yield chunk;
    askedAt = pace.now();
  }
}
