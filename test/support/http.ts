import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** How a test connects to a server; by default over plain HTTP without a login. */
export type Access = {
  readonly tls?: { readonly ca: string; readonly certificate?: string; readonly key?: string };
  readonly credentials?: { readonly username: string; readonly password: string };
};

export type Exchange = Access & {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
};

export type Received = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Uint8Array;
  readonly text: string;
};

/** Sends one request over its own connection, without following redirects. */
export function fetchOnce(url: string, exchange: Exchange = {}): Promise<Received> {
  const { method = "GET", body, tls } = exchange;
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const secure = tls === undefined ? {} : { ca: tls.ca, cert: tls.certificate, key: tls.key };
  const request = send(url, { method, headers: headersOf(exchange), agent: false, ...secure }, (response) => {
    const chunks: Uint8Array[] = [];
    response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const bytes = Buffer.concat(chunks);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString("utf8") });
    });
  });
  request.on("error", reject);
  request.end(body);
  return promise;
}

/** Returns the host with `http://` or `https://`, depending on the access. */
export function originOf(host: string, { tls }: Access): string {
  return `${tls === undefined ? "http" : "https"}://${host}`;
}

function headersOf({ headers = {}, credentials, body }: Exchange): Record<string, string> {
  return {
    ...(credentials === undefined ? {} : { authorization: basic(credentials) }),
    ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    ...headers,
  };
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
