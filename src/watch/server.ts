import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ImgsyncError } from "../model/error.ts";

/** What a path answers. */
export type Page = () => Promise<Answer>;
export type Answer = { readonly status: number; readonly type: string; readonly text: string };

export type Listening = { readonly address: string; readonly close: () => Promise<void> };

export type ServerOptions = {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly pages: ReadonlyMap<string, Page>;
};

/** Nothing that is served needs a script, a frame or anything from elsewhere. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
const SLOWEST_MS = 10_000;

/**
 * Serves the pages, each by its path, and only to be read.
 * @throws ImgsyncError USAGE where nobody can listen there
 */
export async function listen({ host, port, pages }: ServerOptions): Promise<Listening> {
  const server = createServer((request, response) => void answer(request, response, pages));
  // whoever asks slowly holds a connection only for so long
  server.requestTimeout = SLOWEST_MS;
  server.headersTimeout = SLOWEST_MS;
  server.keepAliveTimeout = SLOWEST_MS;
  server.listen({ host, port });
  try {
    await once(server, "listening");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "no reason given";
    throw new ImgsyncError(
      {
        code: "USAGE",
        message: `cannot listen on ${host}:${port}: ${reason}`,
        hint: "choose another with --listen HOST:PORT",
      },
      { cause },
    );
  }
  // it listens on a port and not on a socket file, so the address is an object
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

async function answer(
  { method, url = "/" }: IncomingMessage,
  response: ServerResponse,
  pages: ServerOptions["pages"],
): Promise<void> {
  const page = pages.get(url.split("?", 1)[0] ?? "/");
  const { status, type, text } = await chooseAnswer(method, page);
  const body = Buffer.from(text, "utf8");
  response.writeHead(status, { ...HEADERS, "content-type": type, "content-length": body.length });
  response.end(method === "HEAD" ? undefined : body);
}

async function chooseAnswer(method: string | undefined, page: Page | undefined): Promise<Answer> {
  if (page === undefined) return plain(404, "there is nothing here\n");
  if (method !== "GET" && method !== "HEAD") return plain(405, "this can only be read\n");
  try {
    return await page();
  } catch {
    return plain(500, "this cannot be shown; the log of imgsync may tell why\n");
  }
}

/** A short text. */
export function plain(status: number, text: string): Answer {
  return { status, type: "text/plain; charset=utf-8", text };
}
