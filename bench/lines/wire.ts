import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Line, noCounts } from "./counts.ts";

/** Requests begin with a chunk of their own, because HTTP/1.1 clients wait for a response before they reuse a connection. */
const REQUEST = /^(?:GET|HEAD|PUT|POST|PATCH|DELETE) \//;
const REFUSAL = /^HTTP\/1\.1 429 /;
/** What may be on the way in one direction of a delayed connection. */
const IN_FLIGHT_BYTES = 4 * 1024 * 1024;

/**
 * A line to a registry that counts what passes, and delays it: each direction takes half of the round trip, and a new connection one round
 * trip more, for its handshake. Bytes are passed on as they are.
 */
export async function startWire(upstream: string, { roundTripMs = 0 } = {}): Promise<Line> {
  const [host = "", port = ""] = upstream.split(":");
  const counts = noCounts();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    counts.connections += 1;
    const registry = connect({ host, port: Number(port), noDelay: true });
    for (const socket of [client, registry]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", () => {
        client.destroy();
        registry.destroy();
      });
    }
    pass(client, registry, {
      delayMs: roundTripMs / 2,
      firstMs: roundTripMs * 1.5,
      onChunk: (chunk) => {
        counts.sent += chunk.length;
        if (REQUEST.test(chunk.toString("latin1", 0, 8))) counts.requests += 1;
      },
    });
    pass(registry, client, {
      delayMs: roundTripMs / 2,
      firstMs: roundTripMs / 2,
      onChunk: (chunk) => {
        counts.received += chunk.length;
        if (REFUSAL.test(chunk.toString("latin1", 0, 13))) counts.refusals += 1;
      },
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // it listens on a port, so the address is an object
  const { port: own } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${own}`,
    counts,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

type Passing = {
  readonly delayMs: number;
  /** For the first bytes of the connection. */
  readonly firstMs: number;
  readonly onChunk: (chunk: Buffer) => void;
};

function pass(from: Socket, to: Socket, { delayMs, firstMs, onChunk }: Passing): void {
  const queue: { readonly at: number; readonly chunk: Buffer | undefined }[] = [];
  let waiting = 0;
  let isFirst = true;
  let isPumping = false;
  const pump = (): void => {
    isPumping = false;
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const left = next.at - performance.now();
      if (left > 0.2) {
        isPumping = true;
        setTimeout(pump, left);
        return;
      }
      queue.shift();
      if (next.chunk === undefined) to.end();
      else send(next.chunk);
    }
  };
  const send = (chunk: Buffer): void => {
    waiting -= chunk.length;
    const isReady = to.write(chunk);
    if (!isReady) {
      from.pause();
      to.once("drain", () => from.resume());
    } else if (waiting < IN_FLIGHT_BYTES) from.resume();
  };
  const take = (chunk: Buffer | undefined): void => {
    const last = queue.at(-1)?.at ?? 0;
    queue.push({ at: Math.max(last, performance.now() + (isFirst ? firstMs : delayMs)), chunk });
    isFirst = false;
    if (!isPumping) pump();
  };
  from.on("data", (chunk) => {
    onChunk(chunk);
    waiting += chunk.length;
    if (waiting > IN_FLIGHT_BYTES) from.pause();
    take(chunk);
  });
  from.on("end", () => take(undefined));
  from.on("close", () => {
    if (!from.readableEnded) to.destroy();
  });
}
