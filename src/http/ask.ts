import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { Clock } from "../model/ports.ts";
import { endInTime } from "./body.ts";
import type { Dispatchers } from "./dispatchers.ts";
import { sendHead } from "./head.ts";
import type { Timeouts } from "./limits.ts";
import { type EgressResponse, toBodilessResponse, toResponse } from "./response.ts";
import { sendShort } from "./short-answer.ts";

/** The parts of a request that decide how it is sent. */
export type AskedRequest = {
  readonly purpose: string;
  readonly method: Dispatcher.HttpMethod;
  readonly body?: Uint8Array | Readable;
  readonly bodyLimit?: number;
  readonly bodyMs?: number;
  readonly headersTimeoutMs?: number;
  readonly isBodyLong?: boolean;
  readonly signal: AbortSignal;
};

export type Asking = {
  readonly request: AskedRequest;
  /** The headers that this origin may see. */
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  readonly dispatchers: Pick<Dispatchers, "request">;
};

/** Sends one request the cheapest way: without a body, with a response that is read at once, or with streams. */
export async function ask(
  url: URL,
  { request, headers, dispatcher, dispatchers }: Asking,
  { timeouts, clock }: { readonly timeouts: Timeouts; readonly clock: Pick<Clock, "alarm"> },
): Promise<EgressResponse> {
  const { method, body, bodyLimit, bodyMs: answerMs = timeouts.answerMs, signal } = request;
  const { bodyIdleMs } = timeouts;
  const headersTimeoutMs = headersTimeout(request, timeouts);
  if (method === "HEAD")
    return toBodilessResponse(await sendHead(dispatcher, url, { headers, signal, headersTimeoutMs }), url);
  if (bodyLimit !== undefined && (body === undefined || body instanceof Uint8Array)) {
    const short = { method, headers, body, signal, headersTimeoutMs, bodyIdleMs, answerMs, limit: bodyLimit, clock };
    return sendShort(dispatcher, url, short);
  }
  const answer = await dispatchers.request(url, {
    dispatcher,
    method,
    headers,
    body: body ?? null,
    signal,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyIdleMs,
    // without this, undici closes the connection after every HEAD
    reset: false,
  });
  if (request.isBodyLong !== true || answer.statusCode >= 300)
    endInTime(answer.body, url, { clock, milliseconds: answerMs });
  return toResponse(answer, url);
}

/** A token request is small and never gets a longer timeout than other requests. */
function headersTimeout({ purpose, headersTimeoutMs }: AskedRequest, { headersMs }: Timeouts): number {
  return purpose === "token" ? Math.min(headersTimeoutMs ?? headersMs, headersMs) : (headersTimeoutMs ?? headersMs);
}
