import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Socket } from "node:net";

export type RequestKind = "base" | "manifest" | "blob" | "upload" | "tags" | "referrers" | "token" | "other";

/** One request as handlers, fault hooks and the transcript see it. */
export type RegistryRequest = {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly kind: RequestKind;
  readonly repository: string | undefined;
  /** Tag or digest of a manifest, digest of a blob or of a subject, id of an upload session. */
  readonly reference: string | undefined;
  /** Counts from 1, in order of arrival. */
  readonly number: number;
  /** The number of its TCP connection, counted from 1. */
  readonly connection: number;
};

export type Route = Pick<RegistryRequest, "kind" | "repository" | "reference">;

/** The path of upload sessions outside `/v2/`, as in Artifact Registry. */
export const OPAQUE_UPLOADS = "/artifacts-uploads/";

const ROUTES: readonly (readonly [RequestKind, RegExp])[] = [
  ["base", /^\/v2\/?$/],
  ["token", /^\/token$/],
  ["manifest", /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ["upload", /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/],
  ["upload", /^\/v2\/(.+)\/blobs\/uploads$/],
  ["blob", /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ["tags", /^\/v2\/(.+)\/tags\/list$/],
  ["referrers", /^\/v2\/(.+)\/referrers\/([^/]+)$/],
  ["upload", /^\/artifacts-uploads\/namespaces\/(.+)\/uploads\/([^/]+)$/],
];

/** Creates a function that converts messages of node into numbered requests. */
export function createRequestReader(): (message: IncomingMessage) => RegistryRequest {
  const connections = new WeakMap<Socket, number>();
  let requests = 0;
  let known = 0;
  return (message) => {
    const { method = "GET", headers, url = "/", socket } = message;
    requests += 1;
    const connection = connections.get(socket) ?? (known += 1);
    connections.set(socket, connection);
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
    return { method, path, query, headers, ...parseRoute(path), number: requests, connection };
  };
}

/** OCI distribution-spec, "Endpoints". */
export function parseRoute(path: string): Route {
  for (const [kind, pattern] of ROUTES) {
    const match = pattern.exec(path);
    if (match !== null) return { kind, repository: match[1], reference: decode(match[2]) };
  }
  return { kind: "other", repository: undefined, reference: undefined };
}

function decode(part: string | undefined): string | undefined {
  if (part === undefined || part === "") return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
