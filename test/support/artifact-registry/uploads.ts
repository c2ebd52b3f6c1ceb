import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { type Answer, answer, errorAnswer } from "../embedded-registry/answer.ts";
import type { RegistryRequest } from "../embedded-registry/request.ts";
import type { Upstream } from "./upstream.ts";

export type Uploads = {
  readonly start: (request: RegistryRequest, origin: string, mounts: boolean) => Promise<Answer>;
  /** PATCH, PUT, GET and DELETE of a session. */
  readonly continue: (message: IncomingMessage, request: RegistryRequest, origin: string) => Promise<Answer>;
  /** Returns the repository of the session in the path, if there is one. */
  readonly repositoryOf: (request: RegistryRequest) => string | undefined;
};

type Session = {
  readonly repository: string;
  readonly location: string;
  readonly state: string;
  readonly patches: number;
};

/**
 * Creates upload sessions at long opaque URLs outside /v2/, which are monolithic only: docker, skopeo and crane send POST, one
 * PATCH with all bytes, and PUT; other clients send POST and PUT. The real answer to chunks is not documented; 400 UNSUPPORTED is
 * assumed.
 */
export function createUploads(upstream: Upstream): Uploads {
  const sessions = new Map<string, Session>();

  const opened = (id: string, session: Session, given: Answer, origin: string): Answer => {
    sessions.set(id, session);
    const [project, ...rest] = session.repository.split("/");
    const path = `/artifacts-uploads/namespaces/${project ?? ""}/repositories/${rest.join("/")}/uploads/${id}`;
    const { location: _, "docker-upload-uuid": __, ...headers } = given.headers;
    return { ...given, headers: { ...headers, location: `${origin}${path}?${session.state}` } };
  };

  const find = ({ reference = "", path }: RegistryRequest): Session | undefined =>
    path.startsWith("/artifacts-uploads/") ? sessions.get(reference) : undefined;

  return {
    repositoryOf: (request) => find(request)?.repository,
    start: async ({ repository = "", query }, origin, mounts) => {
      const asked = new URLSearchParams(mounts ? query : []);
      const given = await upstream.ask({
        method: "POST",
        path: `/v2/${repository}/blobs/uploads/${asked.size === 0 ? "" : `?${asked.toString()}`}`,
        headers: { "content-length": "0" },
      });
      if (given.status !== 202) return given;
      const session = { repository, location: pathOf(given), state: opaqueState(), patches: 0 };
      return opened(randomBytes(1200).toString("base64url"), session, given, origin);
    },
    continue: async (message, request, origin) => {
      const { method, query, reference: id = "", headers } = request;
      const session = find(request);
      if (session === undefined) return errorAnswer(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
      if (withoutDigest(query) !== withoutDigest(new URLSearchParams(session.state)))
        return errorAnswer(400, "BLOB_UPLOAD_INVALID", "the query of the upload was changed");
      if (method === "PATCH" && (headers["content-range"] !== undefined || session.patches > 0))
        return errorAnswer(400, "UNSUPPORTED", "chunked uploads are not supported");
      const [path, own = ""] = session.location.split("?");
      const upstreamQuery = new URLSearchParams(own);
      const digest = query.get("digest");
      if (digest !== null) upstreamQuery.set("digest", digest);
      const answered = await upstream.send(message, { method, path: `${path ?? ""}?${upstreamQuery.toString()}` });
      const body = await buffer(answered);
      const given: Answer = {
        status: answered.statusCode ?? 502,
        headers: { ...answered.headers, "content-length": undefined, connection: undefined },
        body,
      };
      if (method === "PATCH" && given.status === 202)
        return opened(id, { ...session, location: pathOf(given), patches: session.patches + 1 }, given, origin);
      if (method === "PUT" || method === "DELETE") sessions.delete(id);
      return given.status === 201 ? answer(201, { ...given.headers, location: relative(given) }) : given;
    },
  };
}

/** Normalises the query of a session, because Go clients rewrite it in the order of its names. */
function withoutDigest(query: URLSearchParams): string {
  const rest = [...query].filter(([name]) => name !== "digest");
  return new URLSearchParams(rest.toSorted(([one], [other]) => (one < other ? -1 : 1))).toString();
}

function pathOf({ headers }: Answer): string {
  const location = typeof headers["location"] === "string" ? headers["location"] : "";
  const url = new URL(location, "http://upstream");
  return url.pathname + url.search;
}

function relative(given: Answer): string {
  return pathOf(given).split("?")[0] ?? "";
}

/** Contains characters that a client must not change. */
function opaqueState(): string {
  return `state=${randomBytes(600).toString("base64url")}%3D%3D&upload=a%2Fb`;
}
