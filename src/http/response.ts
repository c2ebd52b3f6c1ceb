import type { Dispatcher } from "undici";
import { LIMITS } from "./limits.ts";
import { networkError } from "./network-error.ts";

export type EgressResponse = {
  readonly status: number;
  /** The value of a header by its lower-case name. Repeated fields are one, joined by commas (RFC 9110 section 5.3). */
  readonly header: (name: string) => string | undefined;
  /** Read it to the end or call `discard`: an unread body keeps its connection. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly discard: () => Promise<void>;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
};

type UndiciAnswer = Dispatcher.ResponseData;

/** An answer of undici in our words. */
export function toResponse({ statusCode, headers, body }: UndiciAnswer, url: URL): EgressResponse {
  return {
    status: statusCode,
    header: (name) => {
      const value = headers[name];
      // a field that may stand only once is often repeated as it is, by proxies
      return Array.isArray(value) ? [...new Set(value)].join(", ") : value;
    },
    body: readBody(body, url),
    discard: async () => {
      // dump reads what is left, within bounds, so that the connection can be used again
      await body.dump({ limit: LIMITS.errorBytes }).catch(() => undefined);
    },
    url,
  };
}

async function* readBody(body: UndiciAnswer["body"], url: URL): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      // undici hands out Buffers; its type says any
      yield chunk as Uint8Array;
    }
  } catch (thrown) {
    throw networkError(thrown, url);
  }
}
