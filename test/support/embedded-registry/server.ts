import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { RegistryOptions } from "./options.ts";

export type Listening = {
  /** `ADDRESS:PORT`; the default address is 127.0.0.1. */
  readonly host: string;
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
};

/** Starts a server whose stop destroys all connections, even busy ones and those in a TLS handshake. */
export async function listen(
  tls: RegistryOptions["tls"],
  listener: RequestListener,
  port = 0,
  at = "127.0.0.1",
): Promise<Listening> {
  const server = tls === undefined ? createServer(listener) : createTlsServer(tlsOptions(tls), listener);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, at, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    host: `${at}:${address.port}`,
    connections: () => connections,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function tlsOptions({ key, certificate, clientCa }: NonNullable<RegistryOptions["tls"]>): object {
  const asks = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return { key, cert: certificate, ...asks };
}
