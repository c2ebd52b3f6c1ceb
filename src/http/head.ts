import type { Dispatcher } from "undici";
import { onAbort } from "../model/on-abort.ts";

export type HeadRequest = {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly headersTimeoutMs: number;
};

export type HeadAnswer = { readonly statusCode: number; readonly headers: Dispatcher.ResponseData["headers"] };

/**
 * Sends a HEAD without what undici's `request` builds around a body: a stream, its listeners and its promises cost as much as the request
 * itself, and a plan with nothing to do consists of HEADs.
 */
export function sendHead(
  dispatcher: Dispatcher,
  url: URL,
  { headers, signal, headersTimeoutMs }: HeadRequest,
): Promise<HeadAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    let abort: ((reason: Error) => void) | undefined;
    let answer: HeadAnswer | undefined;
    const settle = onAbort(signal, () => {
      const reason = signal.reason as Error;
      // undici reports the abort only once the request has begun
      reject(reason);
      abort?.(reason);
    });
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: "HEAD",
        headers,
        headersTimeout: headersTimeoutMs,
        // without this, undici closes the connection after every HEAD
        reset: false,
      },
      {
        onRequestStart: (controller) => {
          if (signal.aborted) controller.abort(signal.reason as Error);
          else abort = (reason) => controller.abort(reason);
        },
        onResponseStart: (_controller, statusCode, fields) => {
          // an interim response is not the answer
          if (statusCode >= 200) answer = { statusCode, headers: fields };
        },
        onResponseData: () => undefined,
        onResponseEnd: () => {
          settle();
          if (answer === undefined) reject(new Error("a response without a status"));
          else resolve(answer);
        },
        onResponseError: (_controller, error) => {
          settle();
          reject(error);
        },
      },
    );
  });
}
