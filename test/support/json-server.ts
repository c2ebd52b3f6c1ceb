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

/** Starts a server with an answer for each `METHOD /path`, and 404 for everything else. A number is a status without a body. */
export async function startJsonServer(
  answers: Readonly<Record<string, unknown>>,
  isAllowed: (request: JsonRequest) => boolean = () => true,
): Promise<JsonServer> {
  const log: JsonRequest[] = [];
  const { host, stop } = await listen(undefined, (message, response) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("end", () => {
      const line = `${message.method} ${message.url}`;
      const request = { line, headers: message.headers, body: Buffer.concat(chunks).toString("utf8") };
      log.push(request);
      const answer = isAllowed(request) ? answers[line] : 401;
      const status = typeof answer === "number" ? answer : answer === undefined ? 404 : 200;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(status === 200 ? answer : { error: "no" }));
    });
  });
  return { host, log, clear: () => void log.splice(0), stop };
}
