import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Listening, listenOn } from "../../http/listen.ts";
import { ImgsyncError } from "../../model/error.ts";
import { maskSecrets } from "../../model/secret.ts";
import type { HostCheck } from "./allowed-hosts.ts";

/** The response of a path. */
export type Page = () => Promise<Answer>;
export type Answer = { readonly status: number; readonly type: string; readonly text: string };

export type ServerOptions = {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly pages: ReadonlyMap<string, Page>;
  /** Requests for other host names get no page. */
  readonly isAllowedHost: HostCheck;
  /** Pages served under every host name: the kubelet uses the pod's address, and they contain nothing sensitive. */
  readonly anyHost: ReadonlySet<string>;
};

/** No page needs scripts, frames or resources from other hosts. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
const SLOWEST_MS = 10_000;
const MISDIRECTED =
  "imgsync does not answer under this host name; start imgsync watch with --allow-host NAME to allow it\n";

/**
 * Serves the pages, each under its path, read-only.
 * @throws ImgsyncError USAGE if the address cannot be listened on
 */
export async function listen(options: ServerOptions): Promise<Listening> {
  const { host, port } = options;
  const server = createServer((request, response) => void answer(request, response, options));
  // limits how long a slow client can hold a connection
  server.requestTimeout = SLOWEST_MS;
  server.headersTimeout = SLOWEST_MS;
  server.keepAliveTimeout = SLOWEST_MS;
  try {
    return await listenOn(server, { host, port });
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
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const { status, type, text } = await chooseAnswer(request, options);
  const body = Buffer.from(maskSecrets(text), "utf8");
  response.writeHead(status, { ...HEADERS, "content-type": type, "content-length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}

async function chooseAnswer(
  { method, url = "/", headers }: IncomingMessage,
  { pages, isAllowedHost, anyHost }: ServerOptions,
): Promise<Answer> {
  const path = url.split("?", 1)[0] ?? "/";
  if (!anyHost.has(path) && !isAllowedHost(headers.host)) return plain(421, MISDIRECTED);
  const page = pages.get(path);
  if (page === undefined) return plain(404, "not found\n");
  if (method !== "GET" && method !== "HEAD") return plain(405, "this page is read-only\n");
  try {
    return await page();
  } catch {
    return plain(500, "this page cannot be shown; see the log of imgsync\n");
  }
}

export function plain(status: number, text: string): Answer {
  return { status, type: "text/plain; charset=utf-8", text };
}
