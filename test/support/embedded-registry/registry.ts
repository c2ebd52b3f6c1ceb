import type { Digest } from "../../../src/model/digest.ts";
import type { TestImage } from "../images.ts";
import { serveExchange } from "./exchange.ts";
import { drop } from "./faults.ts";
import type { RegistryOptions } from "./options.ts";
import { createRequestReader } from "./request.ts";
import { listen } from "./server.ts";
import { createStore, type Store } from "./store.ts";
import { createTokens } from "./tokens.ts";
import { createTranscript, type RequestFilter, selectRequests, type TranscriptEntry } from "./transcript.ts";

export type EmbeddedRegistry = {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `http://127.0.0.1:PORT` or https. */
  readonly url: string;
  /** Every request since the start or the last `clearLog`, in order of arrival. */
  readonly log: readonly TranscriptEntry[];
  readonly clearLog: () => void;
  readonly countRequests: (filter?: RequestFilter | ((entry: TranscriptEntry) => boolean)) => number;
  /** The number of TCP connections that were opened. */
  readonly connections: () => number;
  readonly store: Store;
  /** Stores an image without a request. */
  readonly putImage: (repository: string, tag: string | undefined, image: TestImage) => Digest;
  /** Destroys every connection and frees the port. */
  readonly stop: () => Promise<void>;
};

/** Starts an OCI distribution 1.1 registry in this process, in memory, on a free port of 127.0.0.1. */
export async function startRegistry(options: RegistryOptions = {}): Promise<EmbeddedRegistry> {
  const store = options.store ?? createStore();
  const transcript = createTranscript();
  const tokens = createTokens(options);
  const scheme = options.tls === undefined ? "http" : "https";
  const nextRequest = createRequestReader();
  const { host, connections, stop } = await listen(
    options.tls,
    (message, response) => {
      const request = nextRequest(message);
      const origin = `${scheme}://${message.headers.host ?? "127.0.0.1"}`;
      const exchange = { message, response, request, entry: transcript.open(request), origin };
      // If the client is gone or a hook throws, the only possible answer is to close the connection.
      serveExchange(exchange, { options, store, tokens }).catch(() => drop(response));
    },
    options.port,
  );
  return {
    host,
    url: `${scheme}://${host}`,
    log: transcript.entries,
    clearLog: transcript.clear,
    countRequests: (filter) => selectRequests(transcript.entries, filter).length,
    connections,
    store,
    putImage: store.putImage,
    stop,
  };
}
