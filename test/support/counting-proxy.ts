import { Agent, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { listen } from "./embedded-registry/server.ts";
import { createRequestReader } from "./embedded-registry/request.ts";
import {
  createTranscript,
  type OpenEntry,
  type RequestFilter,
  selectRequests,
  type TranscriptEntry,
} from "./embedded-registry/transcript.ts";
import { endToEnd } from "./end-to-end.ts";

export type CountingProxy = {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly log: readonly TranscriptEntry[];
  readonly clearLog: () => void;
  readonly countRequests: (filter?: RequestFilter | ((entry: TranscriptEntry) => boolean)) => number;
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
};

/** Called with the bytes of all request bodies so far. The next ones are read when it resolves. */
export type Pace = (bytes: number) => Promise<void> | undefined;

/**
 * Starts a plain HTTP proxy that streams everything and records a transcript. It keeps the Host header, so that a registry
 * that builds its Locations from it uses the proxy's name.
 */
export async function startCountingProxy(
  upstreamHost: string,
  { pace = () => undefined }: { readonly pace?: Pace | undefined } = {},
): Promise<CountingProxy> {
  const transcript = createTranscript();
  const agent = new Agent({ keepAlive: true });
  const nextRequest = createRequestReader();
  let bytes = 0;
  const read = async (entry: OpenEntry, length: number): Promise<void> => {
    entry.bytesIn += length;
    bytes += length;
    await pace(bytes);
  };
  const { host, connections, stop } = await listen(undefined, (message, response) => {
    const entry = transcript.open(nextRequest(message));
    forward({ message, response, entry, agent, upstreamHost, read });
  });
  return {
    host,
    log: transcript.entries,
    clearLog: transcript.clear,
    countRequests: (filter) => selectRequests(transcript.entries, filter).length,
    connections,
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
}

type Forwarding = {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: OpenEntry;
  readonly agent: Agent;
  readonly upstreamHost: string;
  readonly read: (entry: OpenEntry, length: number) => Promise<void>;
};

function forward({ message, response, entry, agent, upstreamHost, read }: Forwarding): void {
  const { method = "GET", url = "/" } = message;
  const [hostname, port] = upstreamHost.split(":");
  const onward = httpRequest({ hostname, port, path: url, method, agent, headers: endToEnd(message.headers) });
  const fail = (): void => {
    onward.destroy();
    response.socket?.destroy();
  };
  onward.once("error", fail);
  response.once("close", () => {
    if (!response.writableFinished) onward.destroy();
  });
  onward.once("response", (answer) => {
    entry.status = answer.statusCode ?? 0;
    response.writeHead(entry.status, endToEnd(answer.headers));
    answer.on("data", (chunk: Uint8Array) => (entry.bytesOut += chunk.length));
    pipeline(answer, response).catch(fail);
  });
  const body = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of message as AsyncIterable<Uint8Array>) {
      await read(entry, chunk.length);
      yield chunk;
    }
  };
  pipeline(body, onward).catch(fail);
}
