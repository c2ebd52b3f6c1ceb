import type { Dispatcher } from "undici";
import { onAbort } from "../model/on-abort.ts";
import type { Clock } from "../model/ports.ts";
import { onceMore, RegistryError } from "./error.ts";
import type { EgressResponse } from "./response.ts";
import { headOf } from "./response.ts";
import { networkError } from "./network-error.ts";

export type ShortRequest = {
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
  readonly headersTimeoutMs: number;
  readonly bodyIdleMs: number;
  /** Until the whole response has arrived, from its beginning. */
  readonly answerMs: number;
  /** No more than this and the chunk that exceeds it is held. */
  readonly limit: number;
  readonly clock: Pick<Clock, "alarm">;
};

/**
 * Sends a request whose response is read at once. The bytes are collected as they arrive: a stream, its listeners and its promises cost
 * more than the rest of the request, and a copy of small images consists of such requests. An error in the middle of the response is
 * thrown by its body.
 * @throws what the HTTP client throws before the response begins
 */
export function sendShort(dispatcher: Dispatcher, url: URL, request: ShortRequest): Promise<EgressResponse> {
  const { method, headers, body, signal, headersTimeoutMs, bodyIdleMs, answerMs, limit, clock } = request;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    let abort: ((reason: Error) => void) | undefined;
    let head: Parameters<typeof headOf>[0] | undefined;
    let stopAlarm: (() => void) | undefined;
    const chunks: Uint8Array[] = [];
    let length = 0;
    const stay = onAbort(signal, () => {
      const reason = signal.reason as Error;
      // undici reports the abort only once the request has begun
      end(reason);
      abort?.(reason);
    });
    /** The first call counts: an abort is followed by the client's own report of it. */
    const end = (error: Error | undefined): void => {
      stay();
      stopAlarm?.();
      if (head === undefined) reject(error ?? new Error("a response without a status"));
      else resolve({ ...headOf(head), body: collected(chunks, error, url), discard: async () => undefined, url });
    };
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers,
        body: body ?? null,
        headersTimeout: headersTimeoutMs,
        bodyTimeout: bodyIdleMs,
        reset: false,
      },
      {
        onRequestStart: (controller) => {
          if (signal.aborted) controller.abort(signal.reason as Error);
          else abort = (reason) => controller.abort(reason);
        },
        onResponseStart: (controller, statusCode, fields) => {
          // an interim response is not the answer
          if (statusCode < 200) return;
          head = { statusCode, headers: fields };
          stopAlarm = clock.alarm(answerMs, () => {
            const message = `${url.host}: the answer took longer than ${answerMs / 1000} s to arrive`;
            const late = onceMore(new RegistryError({ code: "REGISTRY_TIMEOUT", message }));
            end(late);
            controller.abort(late);
          });
        },
        onResponseData: (controller, chunk) => {
          chunks.push(chunk);
          length += chunk.byteLength;
          if (length <= limit) return;
          // the reader sees that there is more than it accepts
          end(undefined);
          controller.abort(new Error("the response is longer than its reader accepts"));
        },
        onResponseEnd: () => end(undefined),
        onResponseError: (_controller, error) => end(error),
      },
    );
  });
}

async function* collected(
  chunks: readonly Uint8Array[],
  error: Error | undefined,
  url: URL,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
  if (error !== undefined) throw networkError(error, url);
}
