import type { ServerResponse } from "node:http";
import { type Answer, answer, encode } from "./answer.ts";
import type { OpenEntry } from "./transcript.ts";

/** What `onRequest` can make of a request. Without `answer` and `drop` the registry does its work first. */
export type FaultAction =
  /** Answers this instead; the body of the request is never looked at. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Answer["headers"];
      readonly body?: string | Uint8Array;
    }
  /** Closes the connection before anything is done. */
  | { readonly kind: "drop" }
  /** Does the work, then closes the connection in place of the answer. */
  | { readonly kind: "drop-answer" }
  /** Sends the full Content-Length, but closes the connection after so many bytes of the body. */
  | { readonly kind: "truncate"; readonly bytes: number }
  /** Sends so many bytes of the body, the others when `until` is settled. */
  | { readonly kind: "stall"; readonly bytes: number; readonly until: Promise<unknown> }
  /** Does the work, but keeps the answer's headers back until `until` is settled. */
  | { readonly kind: "delay"; readonly until: Promise<unknown> }
  /** Changes the answer: `undefined` removes a header. Names are lower case. Content-Length stays true unless it is set here. */
  | {
      readonly kind: "rewrite";
      readonly status?: number;
      readonly headers?: Answer["headers"];
      readonly body?: string | Uint8Array;
    };

/** The answer that stands in for the registry's own, where the fault is one that does no work. */
export function instead(fault: FaultAction | undefined): Answer | "drop" | undefined {
  if (fault?.kind === "drop") return "drop";
  if (fault?.kind !== "answer") return undefined;
  return answer(fault.status, fault.headers, toBytes(fault.body));
}

/** Sends an answer as the fault wants it. */
export async function sendAnswer(
  response: ServerResponse,
  original: Answer,
  { fault, isHead, entry }: { fault: FaultAction | undefined; isHead: boolean; entry: OpenEntry },
): Promise<void> {
  if (fault?.kind === "delay") await fault.until;
  if (fault?.kind === "drop-answer") return drop(response);
  const { status, headers, body } = fault?.kind === "rewrite" ? rewrite(original, fault) : original;
  entry.status = status;
  const length = status === 204 ? undefined : String(body.length);
  response.writeHead(status, toHeaders({ "content-length": length, ...headers }));
  if (isHead) return void response.end();
  if (fault?.kind === "truncate") {
    await write(response, body.subarray(0, fault.bytes), entry);
    return drop(response);
  }
  if (fault?.kind === "stall") {
    await write(response, body.subarray(0, fault.bytes), entry);
    await fault.until;
    await write(response, body.subarray(fault.bytes), entry);
  } else {
    await write(response, body, entry);
  }
  response.end();
}

export function drop(response: ServerResponse): void {
  response.socket?.destroy();
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

/** Waits for the socket, so that what was announced as sent has left and a large body is not held twice. */
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
