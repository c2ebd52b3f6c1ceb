import { Agent, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Answer } from "./embedded-registry/answer.ts";
import { drop, endsEarly, instead, sendAnswer } from "./embedded-registry/faults.ts";
import type { RegistryOptions } from "./embedded-registry/options.ts";
import { createRequestReader } from "./embedded-registry/request.ts";
import { listen } from "./embedded-registry/server.ts";
import { createTranscript, type OpenEntry, type TranscriptEntry } from "./embedded-registry/transcript.ts";
import { endToEnd } from "./end-to-end.ts";

const FRAMING = ["transfer-encoding"];

export type FaultHook = NonNullable<RegistryOptions["onRequest"]>;

export type FaultProxy = {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly log: readonly TranscriptEntry[];
  readonly clearLog: () => void;
  /** Sets the faults from now on; undefined: none. */
  readonly setFaults: (hook: FaultHook | undefined) => void;
  readonly stop: () => Promise<void>;
};

/**
 * Starts a proxy that injects faults in front of any registry. It buffers each body, so it is for small images. It keeps the
 * Host header, so that the registry's Locations use the proxy's name.
 */
export async function startFaultProxy(upstreamHost: string): Promise<FaultProxy> {
  const transcript = createTranscript();
  const agent = new Agent({ keepAlive: true });
  const nextRequest = createRequestReader();
  let hook: FaultHook | undefined;
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = nextRequest(message);
    const entry = transcript.open(request);
    const fault = (await hook?.(request)) ?? undefined;
    if (await endsEarly(message, response, fault)) return;
    const early = instead(fault);
    if (early !== undefined) message.resume();
    const url = fault?.kind === "strip-query" ? request.path : (message.url ?? "/");
    const result = early ?? (await forward({ message, entry, agent, upstreamHost, url }));
    await sendAnswer(response, result, { fault, isHead: request.method === "HEAD", entry });
  };
  const { host, stop } = await listen(undefined, (message, response) => {
    // If the client or the upstream is gone, the only possible answer is to close the connection.
    serve(message, response).catch(() => drop(response));
  });
  return {
    host,
    log: transcript.entries,
    clearLog: transcript.clear,
    setFaults: (next) => void (hook = next),
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
}

type Forwarding = {
  readonly message: IncomingMessage;
  readonly entry: OpenEntry;
  readonly agent: Agent;
  readonly upstreamHost: string;
  readonly url: string;
};

async function forward({ message, entry, agent, upstreamHost, url }: Forwarding): Promise<Answer> {
  const { method = "GET", headers } = message;
  const body = await buffer(message);
  entry.bytesIn += body.length;
  const [hostname, port] = upstreamHost.split(":");
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const onward = httpRequest(
    { hostname, port, path: url, method, agent, headers: endToEnd(headers, FRAMING) },
    resolve,
  );
  onward.once("error", reject);
  onward.end(body);
  const answer = await promise;
  return {
    status: answer.statusCode ?? 502,
    // a fault may change the length of the body
    headers: endToEnd(answer.headers, method === "HEAD" ? FRAMING : [...FRAMING, "content-length"]),
    body: await buffer(answer),
  };
}
