import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Answer } from "../embedded-registry/answer.ts";
import { endToEnd } from "../end-to-end.ts";

/** The registry behind the double. */
export type Upstream = {
  /** Forwards the body as it arrives, with its framing, and returns the answer as a stream. */
  readonly send: (message: IncomingMessage, to: UpstreamRequest) => Promise<IncomingMessage>;
  /** Sends a request of the double itself, or one with a body that it has read. */
  readonly ask: (to: UpstreamRequest & { readonly body?: Uint8Array }) => Promise<Answer>;
  readonly close: () => void;
};

export type UpstreamRequest = {
  readonly method: string;
  /** Includes the query. */
  readonly path: string;
  readonly headers?: IncomingHttpHeaders;
};

export function createUpstream(host: string): Upstream {
  const agent = new Agent({ keepAlive: true });
  const [hostname, port] = host.split(":");
  const open = ({ method, path, headers = {} }: UpstreamRequest) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const onward = httpRequest({ hostname, port, path, method, agent, headers: forwarded(headers) }, resolve);
    onward.once("error", reject);
    return { onward, promise };
  };
  return {
    send: (message, to) => {
      const { onward, promise } = open({ headers: message.headers, ...to });
      message.once("close", () => {
        if (!message.complete) onward.destroy();
      });
      message.pipe(onward);
      return promise;
    },
    ask: async ({ body, ...to }) => {
      const { onward, promise } = open(to);
      onward.end(body);
      const answer = await promise;
      return {
        status: answer.statusCode ?? 502,
        headers: endToEnd(answer.headers, ["transfer-encoding"]),
        body: await buffer(answer),
      };
    },
    close: () => agent.destroy(),
  };
}

/** Drops Host and Authorization: the upstream has no users, and its Location is replaced anyway. */
function forwarded(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return endToEnd(headers, ["host", "authorization"]);
}
