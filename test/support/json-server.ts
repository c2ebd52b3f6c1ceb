import type { IncomingHttpHeaders } from "node:http";
import { listen } from "./embedded-registry/server.ts";

export type JsonRequest = {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type JsonServer = {
  readonly host: string;
  readonly log: readonly JsonRequest[];
  readonly clear: () => void;
  readonly stop: () => Promise<void>;
};

/** An answer with headers of its own. */
type Reply = { readonly [HEADERS]: Readonly<Record<string, string>>; readonly json: unknown };

const HEADERS = Symbol("headers");

/** Returns an answer for {@link startJsonServer} with these headers. */
export function withHeaders(json: unknown, headers: Readonly<Record<string, string>>): Reply {
  return { [HEADERS]: headers, json };
}

/**
 * Starts a server with an answer for each `METHOD /path`, and 404 for everything else. A number is a status without a body, a promise an
 * answer that is held back.
 */
export async function startJsonServer(
  answers: Readonly<Record<string, unknown>>,
  isAllowed: (request: JsonRequest) => boolean = () => true,
): Promise<JsonServer> {
  const log: JsonRequest[] = [];
  const { host, stop } = await listen(undefined, (message, response) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    const reply = async (): Promise<void> => {
      const line = `${message.method} ${message.url}`;
      const request = { line, headers: message.headers, body: Buffer.concat(chunks).toString("utf8") };
      log.push(request);
      const answer = isAllowed(request) ? await answers[line] : 401;
      const status = typeof answer === "number" ? answer : answer === undefined ? 404 : 200;
      const { json, headers } = isReply(answer) ? { json: answer.json, headers: answer[HEADERS] } : { json: answer };
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(status === 200 ? json : { error: "no" }));
    };
    message.on("end", () => void reply());
  });
  return { host, log, clear: () => void log.splice(0), stop };
}

function isReply(answer: unknown): answer is Reply {
  return typeof answer === "object" && answer !== null && HEADERS in answer;
}
