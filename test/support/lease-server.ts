import type { IncomingMessage, ServerResponse } from "node:http";
import { listen } from "./embedded-registry/server.ts";

type LeaseObject = { readonly [key: string]: unknown; readonly metadata: Readonly<Record<string, unknown>> };

export type LeaseAnswer = {
  readonly status: number;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What the API server does with Leases: one number counts all versions, and only an update of the current version is accepted. */
export type LeaseDouble = {
  readonly get: (path: string) => LeaseAnswer;
  /** To the path of all leases of a namespace. */
  readonly post: (path: string, body: unknown) => LeaseAnswer;
  readonly put: (path: string, body: unknown) => LeaseAnswer;
  readonly remove: (path: string) => void;
};

const API = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/;

export function createLeaseDouble(): LeaseDouble {
  const leases = new Map<string, LeaseObject>();
  let version = 0;
  const store = (path: string, body: LeaseObject, status: number): LeaseAnswer => {
    version += 1;
    const kept = { ...body, metadata: { ...body.metadata, resourceVersion: String(version) } };
    leases.set(path, kept);
    return { status, json: kept };
  };
  return {
    get: (path) => {
      const lease = leases.get(path);
      return lease === undefined ? failure(404, "not found") : { status: 200, json: lease };
    },
    post: (path, body) => {
      // the client's own body
      const lease = body as LeaseObject;
      const own = `${path}/${String(lease.metadata["name"])}`;
      return leases.has(own) ? failure(409, "already exists") : store(own, lease, 201);
    },
    put: (path, body) => {
      const lease = body as LeaseObject;
      const kept = leases.get(path);
      if (kept === undefined) return failure(404, "not found");
      const isCurrent = lease.metadata["resourceVersion"] === kept.metadata["resourceVersion"];
      return isCurrent ? store(path, lease, 200) : failure(409, "the object has been modified");
    },
    remove: (path) => void leases.delete(path),
  };
}

function failure(status: number, message: string): LeaseAnswer {
  return { status, json: { kind: "Status", apiVersion: "v1", status: "Failure", code: status, message } };
}

export type LeaseServer = {
  readonly double: LeaseDouble;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `METHOD path authorization` */
  readonly log: readonly string[];
  /** Answers all requests with this until it is called with undefined; a status of 0 is no answer at all. */
  readonly answerWith: (answer: LeaseAnswer | undefined) => void;
  /** Resolves when this many more requests have been answered. */
  readonly answered: (count: number) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Serves Leases on loopback. */
export async function startLeaseServer(): Promise<LeaseServer> {
  const double = createLeaseDouble();
  const log: string[] = [];
  let forced: LeaseAnswer | undefined;
  let replied = Promise.withResolvers<void>();
  const reply = (message: IncomingMessage, text: string): LeaseAnswer => {
    const { method = "", url = "" } = message;
    log.push(`${method} ${url} ${message.headers.authorization ?? "-"}`);
    if (forced !== undefined) return forced;
    if (!API.test(url)) return failure(404, "no such resource");
    if (method === "GET") return double.get(url);
    if (method === "POST") return double.post(url, JSON.parse(text));
    return method === "PUT" ? double.put(url, JSON.parse(text)) : failure(405, "not allowed");
  };
  const { host, stop } = await listen(undefined, (message: IncomingMessage, response: ServerResponse) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("end", () => {
      const { status, json, headers } = reply(message, Buffer.concat(chunks).toString("utf8"));
      if (status === 0) return;
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof json === "string" ? json : JSON.stringify(json));
      replied.resolve();
      replied = Promise.withResolvers();
    });
  });
  const answered = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 1) await replied.promise;
  };
  return { double, url: `http://${host}`, log, answerWith: (answer) => void (forced = answer), answered, stop };
}
