import type { Dispatcher } from "undici";
import { LIMITS } from "./limits.ts";
import { networkError } from "./network-error.ts";

export type EgressResponse = {
  readonly status: number;
  /** Returns a header by its lower-case name. Repeated fields are joined by commas (RFC 9110 section 5.3). */
  readonly header: (name: string) => string | undefined;
  /** Must be read to the end or discarded: an unread body keeps its connection. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly discard: () => Promise<void>;
  /** The URL that responded, after redirects. */
  readonly url: URL;
};

type UndiciAnswer = Dispatcher.ResponseData;

/** Converts undici's response. */
export function toResponse({ body, ...head }: UndiciAnswer, url: URL): EgressResponse {
  return {
    ...headOf(head),
    body: readBody(body, url),
    discard: async () => {
      // dump reads the rest, up to the limit, so that the connection can be reused
      await body.dump({ limit: LIMITS.errorBytes }).catch(() => undefined);
    },
    url,
  };
}

/** Converts the response to a HEAD, which has no body. */
export function toBodilessResponse(head: Pick<UndiciAnswer, "statusCode" | "headers">, url: URL): EgressResponse {
  return { ...headOf(head), body: NOTHING, discard: async () => undefined, url };
}

const NOTHING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

export function headOf({
  statusCode,
  headers,
}: Pick<UndiciAnswer, "statusCode" | "headers">): Pick<EgressResponse, "status" | "header"> {
  return {
    status: statusCode,
    header: (name) => {
      const value = headers[name];
      // proxies often repeat a single-value field unchanged
      return Array.isArray(value) ? [...new Set(value)].join(", ") : value;
    },
  };
}

async function* readBody(body: UndiciAnswer["body"], url: URL): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      // undici yields Buffers; its type says any
      yield chunk as Uint8Array;
    }
  } catch (thrown) {
    throw networkError(thrown, url);
  }
}
