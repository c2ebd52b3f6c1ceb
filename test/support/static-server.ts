import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { listen } from "./embedded-registry/server.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
};

/** Serves the files of a folder on loopback, as a web server for static sites does. */
export async function serveFolder(
  folder: string,
): Promise<{ readonly host: string; readonly stop: () => Promise<void> }> {
  const answer = async (path: string): Promise<readonly [status: number, type: string, body: Uint8Array | string]> => {
    const name = path.endsWith("/") ? `${path}index.html` : path;
    const body = await readFile(join(folder, name)).catch(() => undefined);
    return body === undefined ? [404, "text/plain", "not found"] : [200, TYPES[extname(name)] ?? "text/plain", body];
  };
  return listen(undefined, (request, response) => {
    const reply = async (): Promise<void> => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const [status, type, body] = await answer(decodeURIComponent(pathname));
      response.writeHead(status, { "content-type": type });
      response.end(body);
    };
    void reply();
  });
}
