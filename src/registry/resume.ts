import { RegistryError } from "../http/error.ts";
import { PACE, RESUME_PROGRESS_BYTES } from "../http/limits.ts";
import { createPace } from "../http/pace.ts";
import type { Clock } from "../model/ports.ts";
import type { Patience } from "../http/retry.ts";

export type ResumeOptions = {
  readonly size: number;
  /** The bytes from this one on. Whatever it throws is judged like a break. */
  readonly openAt: (offset: number) => Promise<AsyncIterable<Uint8Array>>;
  readonly patience: Patience;
  readonly clock: Pick<Clock, "monotonic">;
  /** For people: `HOST: the blob "DIGEST"`. */
  readonly what: string;
};

/**
 * One body of `size` bytes out of as many answers as it takes: where one breaks off, stands still or crawls, the next goes on
 * at the byte that is missing. An answer that goes on beyond the size is handed on as it is, for the reader to refuse.
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
        { code: "REGISTRY_UNREACHABLE", message: `${what} ended after ${position} of ${size} bytes` },
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

/** The same pieces, as long as they come fast enough; the time that the reader takes does not count. */
async function* paced(body: AsyncIterable<Uint8Array>, { clock, what }: ResumeOptions): AsyncGenerator<Uint8Array> {
  const pace = createPace(clock);
  let askedAt = pace.now();
  for await (const chunk of body) {
    if (pace.isTooSlow(chunk.byteLength, pace.now() - askedAt)) {
      throw new RegistryError(
        { code: "REGISTRY_TIMEOUT", message: `${what} arrived at less than ${PACE.bytesPerSecond} bytes a second` },
        { isRetryable: true },
      );
    }
    yield chunk;
    askedAt = pace.now();
  }
}
