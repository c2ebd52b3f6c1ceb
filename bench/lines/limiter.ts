import { once } from "node:events";
import { Agent, createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { endToEnd } from "../../test/support/end-to-end.ts";
import { type Line, noCounts } from "./counts.ts";

/**
 * A line to a registry that answers 429 with `Retry-After: 1` beyond so many requests in one second. Seconds are counted from the first
 * request, so `requests / perSecond` seconds are the least that any tool needs.
 */
export async function startLimiter(upstream: string, { perSecond }: { readonly perSecond: number }): Promise<Line> {
  const [hostname, port] = upstream.split(":");
  const counts = noCounts();
  const agent = new Agent({ keepAlive: true });
  let second = 0;
  let taken = 0;
  let start: number | undefined;
  const isOver = (): boolean => {
    start ??= performance.now();
    const now = Math.floor((performance.now() - start) / 1000);
    if (now !== second) taken = 0;
    second = now;
    taken += 1;
    return taken > perSecond;
  };
  const server = createServer((message, response) => {
    counts.requests += 1;
    message.on("data", (chunk: Uint8Array) => (counts.sent += chunk.length));
    if (isOver()) {
      counts.refusals += 1;
      response.writeHead(429, { "retry-after": "1", "content-type": "application/json" });
      response.end(
        message.method === "HEAD" ? undefined : '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}',
      );
      message.resume();
      return;
    }
    const { method = "GET", url = "/" } = message;
    const onward = httpRequest({ hostname, port, path: url, method, agent, headers: endToEnd(message.headers) });
    const fail = (): void => {
      onward.destroy();
      response.socket?.destroy();
    };
    onward.once("error", fail);
    onward.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.on("data", (chunk: Uint8Array) => (counts.received += chunk.length));
      pipeline(answer, response).catch(fail);
    });
    pipeline(message, onward).catch(fail);
  });
  server.on("connection", () => (counts.connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // it listens on a port, so the address is an object
  const { port: own } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${own}`,
    counts,
    stop: async () => {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
