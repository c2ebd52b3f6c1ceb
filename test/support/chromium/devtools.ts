import type { Readable, Writable } from "node:stream";

/** A connection that controls a browser by the Chrome DevTools Protocol, in which a NUL ends each message. */
export type DevTools = {
  /** Rejects if the browser refuses or does not answer in time. */
  readonly send: (method: string, parameters?: object, sessionId?: string) => Promise<unknown>;
  /** Passes on the events of a session from now on. */
  readonly listen: (sessionId: string, listener: (event: DevToolsEvent) => void) => void;
};

export type DevToolsEvent = { readonly method: string; readonly params: Readonly<Record<string, unknown>> };

type Message = {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly sessionId?: string;
};

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

const ANSWER_MS = 30_000;
const END = "\0";

export function connectDevTools(input: Writable, output: Readable): DevTools {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, (event: DevToolsEvent) => void>();
  let last = 0;
  const onMessage = (text: string): void => {
    // the browser of a test is trusted
    const { id, result, error, method, params = {}, sessionId = "" } = JSON.parse(text) as Message;
    if (method !== undefined) listeners.get(sessionId)?.({ method, params });
    const one = id === undefined ? undefined : waiting.get(id);
    if (error === undefined) one?.resolve(result);
    else one?.reject(new Error(error.message));
  };
  const onGone = (): void => {
    for (const { reject } of waiting.values()) reject(new Error("the browser has gone"));
  };
  let rest = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    const messages = (rest + text).split(END);
    rest = messages.pop() ?? "";
    for (const message of messages) onMessage(message);
  });
  output.on("close", onGone);
  input.on("error", onGone);
  return {
    send: (method, params = {}, sessionId) => {
      last += 1;
      const id = last;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS);
      waiting.set(id, { resolve, reject });
      const session = sessionId === undefined ? {} : { sessionId };
      input.write(JSON.stringify({ id, method, params, ...session }) + END);
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(id);
      });
    },
    listen: (sessionId, listener) => void listeners.set(sessionId, listener),
  };
}
