import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

export type Listening = {
  /** `HOST:PORT` */
  readonly address: string;
  /** Ends all connections, and resolves when the port is free again. */
  readonly close: () => Promise<void>;
};

/**
 * Listens on this address; port 0 is any free port.
 * @throws Error the system's, if the address cannot be listened on
 */
export async function listenOn(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  server.listen({ host, port });
  await once(server, "listening");
  // the server listens on a port, not on a socket file, so the address is an object
  const { address, port: bound, family } = server.address() as AddressInfo;
  return {
    address: family === "IPv6" ? `[${address}]:${bound}` : `${address}:${bound}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
