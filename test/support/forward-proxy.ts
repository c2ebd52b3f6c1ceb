import { createServer, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";

export type ForwardProxy = {
  readonly url: string;
  readonly seen: readonly string[];
  readonly stop: () => Promise<void>;
};

/**
 * Starts a forward proxy as in a company network: absolute requests for http, CONNECT for https. It sends every request to
 * `upstream` (`127.0.0.1:PORT`), so that names without an address can be used. `others` sends CONNECT for some names elsewhere. `seen` has
 * a line for each request.
 */
export async function startForwardProxy(
  upstream: string,
  others: Readonly<Record<string, string>> = {},
): Promise<ForwardProxy> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const [host, port] = upstream.split(":");
  const server = createServer((message, response) => {
    const url = new URL(message.url ?? "", "http://unknown");
    seen.push(`${message.method} ${url.origin}`);
    const { method, headers } = message;
    const onward = httpRequest({ host, port, method, headers, path: url.pathname + url.search }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    message.pipe(onward);
  });
  server.on("connect", (message, socket: Socket) => {
    seen.push(`CONNECT ${message.url} ${message.headers["proxy-authorization"] ?? ""}`.trim());
    const name = (message.url ?? "").replace(/:443$/, "");
    const [toHost, toPort] = (others[name] ?? upstream).split(":");
    const onward = connect(Number(toPort), toHost, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const one of [onward, socket]) one.on("error", () => one.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${address.port}`, seen, stop };
}
