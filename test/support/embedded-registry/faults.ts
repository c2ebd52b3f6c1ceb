import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, answer, encode } from "./answer.ts";
import type { OpenEntry } from "./transcript.ts";

/**
 * The faults that `onRequest` can return, for the embedded registry and for the proxy in front of a real one. Except for
 * `answer`, `drop`, `drop-upload` and `silence`, the registry does its work first.
 */
export type FaultAction =
  /** Sends this answer instead, without reading the body of the request. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Answer["headers"];
      readonly body?: string | Uint8Array;
    }
  /** Closes the connection before any work. */
  | { readonly kind: "drop" }
  /** Resets the connection after this many bytes of the request's body. */
  | { readonly kind: "drop-upload"; readonly bytes: number }
  /** Accepts the request, but never reads its body and never answers. */
  | { readonly kind: "silence" }
  /** Does the work, then closes the connection instead of answering. */
  | { readonly kind: "drop-answer" }
  /** Answers as if the connection could be reused, and closes it. */
  | { readonly kind: "hang-up" }
  /**
   * Ends after this many bytes of the body. `fin` (the default) and `reset` announce the full length and close the connection;
   * `unframed` announces no length, so that the body looks complete.
   */
  | { readonly kind: "truncate"; readonly bytes: number; readonly how?: "fin" | "reset" | "unframed" }
  /** Sends this many bytes of the body, and the rest when `until` is settled. */
  | { readonly kind: "stall"; readonly bytes: number; readonly until: Promise<unknown> }
  /** Sends chunks of this many bytes and calls `between` after each. */
  | { readonly kind: "trickle"; readonly bytes: number; readonly between: () => unknown }
  /** Inverts one byte of the body. */
  | { readonly kind: "flip"; readonly at: number }
  /** Does the work, but holds back the answer's headers until `until` is settled. */
  | { readonly kind: "delay"; readonly until: Promise<unknown> }
  /** Removes the query of the request, so that a mount becomes a plain upload. */
  | { readonly kind: "strip-query" }
  /** Changes the answer. `undefined` removes a header. Names are lower case. Content-Length is adjusted unless it is set here. */
  | {
      readonly kind: "rewrite";
      readonly status?: number;
      readonly headers?: Answer["headers"];
      readonly body?: string | Uint8Array;
    };

/** A promise that is never settled, for servers that hang. */
export const NEVER: Promise<never> = new Promise(() => {});

/** Applies the faults that end an exchange before the registry sees it. Returns false if it continues. */
export async function endsEarly(
  message: IncomingMessage,
  response: ServerResponse,
  fault: FaultAction | undefined,
): Promise<boolean> {
  if (fault?.kind === "silence") return true;
  if (fault?.kind === "drop") drop(response);
  if (fault?.kind !== "drop-upload") return fault?.kind === "drop";
  let seen = 0;
  for await (const chunk of message) {
    seen += chunk instanceof Uint8Array ? chunk.length : 0;
    if (seen >= fault.bytes) break;
  }
  response.socket?.resetAndDestroy();
  return true;
}

/** Returns the answer that replaces the registry's own, if any. */
export function instead(fault: FaultAction | undefined): Answer | undefined {
  return fault?.kind === "answer" ? answer(fault.status, fault.headers, toBytes(fault.body)) : undefined;
}

/** Sends an answer with the fault applied. */
export async function sendAnswer(
  response: ServerResponse,
  original: Answer,
  { fault, isHead, entry }: { fault: FaultAction | undefined; isHead: boolean; entry: OpenEntry },
): Promise<void> {
  if (fault?.kind === "delay") await fault.until;
  if (fault?.kind === "drop-answer") return drop(response);
  const { status, headers, body } = changed(original, fault);
  entry.status = status;
  const isUnframed = fault?.kind === "truncate" && fault.how === "unframed";
  const length = status === 204 || isUnframed ? undefined : String(body.length);
  if (isUnframed) {
    // without framing, the end of the connection is the end of the body
    response.removeHeader("content-length");
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
  }
  response.writeHead(status, toHeaders({ "content-length": length, ...headers }));
  if (isHead) return void response.end();
  if (await writeBroken(response, body, { fault, entry })) return;
  response.end();
  if (fault?.kind === "hang-up") response.once("finish", () => drop(response));
}

type Sending = { readonly fault: FaultAction | undefined; readonly entry: OpenEntry };

/** Writes the body with the fault applied. Returns true if the connection is closed already. */
async function writeBroken(response: ServerResponse, body: Uint8Array, { fault, entry }: Sending): Promise<boolean> {
  if (fault?.kind === "truncate") {
    await write(response, body.subarray(0, fault.bytes), entry);
    if (fault.how === "unframed") return false;
    if (fault.how === "reset") response.socket?.resetAndDestroy();
    else drop(response);
    return true;
  }
  const step = fault?.kind === "stall" || fault?.kind === "trickle" ? fault.bytes : body.length;
  await write(response, body.subarray(0, step), entry);
  if (fault?.kind === "stall") {
    await fault.until;
    await write(response, body.subarray(step), entry);
  }
  if (fault?.kind !== "trickle") return false;
  for (let at = step; at < body.length && !response.destroyed; at += step) {
    await fault.between();
    await write(response, body.subarray(at, at + step), entry);
  }
  return false;
}

export function drop(response: ServerResponse): void {
  response.socket?.destroy();
}

function changed(original: Answer, fault: FaultAction | undefined): Answer {
  if (fault?.kind === "rewrite") return rewrite(original, fault);
  if (fault?.kind !== "flip" || original.body.length === 0) return original;
  const body = Uint8Array.from(original.body);
  const at = fault.at % body.length;
  body[at] = (body[at] ?? 0) ^ 0xff;
  return { ...original, body };
}

function rewrite(original: Answer, { status, headers, body }: FaultAction & { kind: "rewrite" }): Answer {
  return {
    status: status ?? original.status,
    headers: { ...original.headers, ...headers },
    body: body === undefined ? original.body : toBytes(body),
  };
}

function toHeaders(headers: Answer["headers"]): Record<string, string | string[]> {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string | string[]][] =>
    value === undefined ? [] : [[name, typeof value === "string" ? value : [...value]]],
  );
  return Object.fromEntries(kept);
}

/** Waits until the bytes are sent, so that the counter is right and a large body is not buffered twice. */
async function write(response: ServerResponse, bytes: Uint8Array, entry: OpenEntry): Promise<void> {
  if (bytes.length === 0 || response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    response.write(bytes, () => {
      response.off("close", resolve);
      resolve();
    });
  });
  entry.bytesOut += bytes.length;
}

function toBytes(body: string | Uint8Array | undefined): Uint8Array {
  return typeof body === "string" ? encode(body) : (body ?? new Uint8Array());
}
