import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type Answer, answer, errorAnswer } from "../embedded-registry/answer.ts";
import { drop, sendAnswer } from "../embedded-registry/faults.ts";
import { createRequestReader, type RegistryRequest } from "../embedded-registry/request.ts";
import { listen } from "../embedded-registry/server.ts";
import {
  createTranscript,
  type OpenEntry,
  type RequestFilter,
  selectRequests,
  type TranscriptEntry,
} from "../embedded-registry/transcript.ts";
import { endToEnd } from "../end-to-end.ts";
import { refuseChange } from "./immutability.ts";
import { deniedAnswer, repositoryOf, resourceOf, unknownRepositoryAnswer } from "./names.ts";
import { type ArtifactRegistryOptions, type Interruption, S3NS_HOST } from "./options.ts";
import { listTags } from "./tag-list.ts";
import { type Action, createTokenService, type Mapping } from "./token-service.ts";
import { createUploads } from "./uploads.ts";
import { createUpstream } from "./upstream.ts";

export type ArtifactRegistry = {
  /** `ADDRESS:PORT`. */
  readonly host: string;
  readonly log: readonly TranscriptEntry[];
  readonly clearLog: () => void;
  readonly countRequests: (filter?: RequestFilter | ((entry: TranscriptEntry) => boolean)) => number;
  readonly stop: () => Promise<void>;
};

/**
 * Starts a double of Artifact Registry in front of a real docker-registry, which holds the content. The double has the token
 * service and user names, the permissions and their messages, immutable tags, monolithic uploads at opaque URLs, and tag lists.
 */
export async function startArtifactRegistry(options: ArtifactRegistryOptions): Promise<ArtifactRegistry> {
  const transcript = createTranscript();
  const nextRequest = createRequestReader();
  const serve = createRules(options);
  const { host, stop } = await listen(
    options.tls,
    (message, response) => {
      const request = withTokenKind(nextRequest(message));
      const exchange = { message, response, request, entry: transcript.open(request) };
      serve.exchange(exchange).catch(() => drop(response));
    },
    options.listenAt?.port,
    options.listenAt?.address,
  );
  return {
    host,
    log: transcript.entries,
    clearLog: transcript.clear,
    countRequests: (filter) => selectRequests(transcript.entries, filter).length,
    stop: async () => {
      serve.close();
      await stop();
    },
  };
}

type Exchange = {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly request: RegistryRequest;
  readonly entry: OpenEntry;
};

function createRules(options: ArtifactRegistryOptions) {
  const { repositories, name = S3NS_HOST, interrupt, warning, storageOrigin, mounts = true } = options;
  const upstream = createUpstream(options.upstream);
  const tokens = createTokenService(options);
  const uploads = createUploads(upstream);
  const warnings: Readonly<Record<string, string>> = warning === undefined ? {} : { warning: `299 - "${warning}"` };

  const refuse = (request: RegistryRequest, origin: string, mappings: readonly Mapping[]): Answer | undefined => {
    const checked = tokens.check(request.headers.authorization, mappings);
    if (checked.kind === "challenge") return challenge(origin, name, mappings, checked.error);
    const unknown = mappings.find(({ repository }) => repositoryOf(repository, repositories) === undefined);
    if (unknown !== undefined) return unknownRepositoryAnswer(unknown.repository, unknown.action, options, name);
    if (checked.kind === "granted") return undefined;
    const { action, repository } = checked.mapping;
    return deniedAnswer({ action, resource: resourceOf(repository, name) }, checked.isAnonymous);
  };

  /** `passed on`: the answer of the upstream has been sent already. */
  const answerTo = async ({ message, response, request, entry }: Exchange): Promise<Answer | "passed on"> => {
    const origin = `${options.tls === undefined ? "http" : "https"}://${request.headers.host ?? name}`;
    const interruption = await interrupt?.(entry);
    if (interruption !== undefined) return interrupted(interruption);
    if (request.kind === "token") return tokens.answer(request);
    const session = uploads.repositoryOf(request);
    const repository = session ?? request.repository ?? "";
    // docker sends no Authorization outside /v2/, so the URL of an upload is enough; a header that is sent must be valid
    const isKnownByAddress = session !== undefined && request.headers.authorization === undefined;
    const refusal = isKnownByAddress ? undefined : refuse(request, origin, mappingsOf(request, repository));
    if (refusal !== undefined) return refusal;
    const path = message.url ?? "/";
    const { method } = request;
    switch (request.kind) {
      case "tags":
        return listTags(request, upstream, options);
      case "upload":
        if (request.path.startsWith("/v2/")) return uploads.start(request, origin, mounts);
        message.on("data", (chunk: Uint8Array) => (entry.bytesIn += chunk.length));
        return uploads.continue(message, request, origin);
      case "manifest": {
        const body = await buffer(message);
        const isFixed = repositoryOf(repository, repositories)?.immutableTags === true;
        const write = { repository, reference: request.reference ?? "", method, body };
        const isWrite = method === "PUT" || method === "DELETE";
        const refused = isFixed && isWrite ? await refuseChange(write, upstream) : undefined;
        return refused ?? withPath(await upstream.ask({ method, path, headers: message.headers, body }));
      }
      case "blob":
        if (storageOrigin !== undefined && method === "GET")
          return answer(307, { location: `${storageOrigin()}/artifacts-downloads${path}?X-Goog-Signature=0123` });
        await passOn(await upstream.send(message, { method, path }), response, entry, warnings);
        return "passed on";
      case "base":
        return answer(200, { "docker-distribution-api-version": "registry/2.0", "content-type": "application/json" });
      case "referrers":
      case "other":
        break;
    }
    // includes the referrers API: content here is signed with digest tags
    return errorAnswer(404, "NOT_FOUND", "there is no such page");
  };

  return {
    exchange: async (exchange: Exchange): Promise<void> => {
      const { message, response, request, entry } = exchange;
      const result = await answerTo(exchange);
      if (result === "passed on") return;
      message.resume();
      const headers = { ...result.headers, ...warnings };
      await sendAnswer(
        response,
        { ...result, headers },
        { fault: undefined, isHead: request.method === "HEAD", entry },
      );
    },
    close: upstream.close,
  };
}

function withTokenKind(request: RegistryRequest): RegistryRequest {
  return request.path === "/v2/token" ? { ...request, kind: "token" } : request;
}

function mappingsOf({ method, kind, query }: RegistryRequest, repository: string): readonly Mapping[] {
  if (kind === "base" || kind === "other") return [];
  const isRead = method === "GET" || method === "HEAD";
  const action: Action = method === "DELETE" && kind !== "upload" ? "delete" : isRead ? "pull" : "push";
  const from = kind === "upload" ? query.get("from") : null;
  return [{ repository, action }, ...(from === null ? [] : [{ repository: from, action: "pull" } as const])];
}

function challenge(origin: string, name: string, mappings: readonly Mapping[], error: string | undefined): Answer {
  const scopes = mappings.map(
    ({ repository, action }) => `repository:${repository}:${action === "pull" ? "" : "pull,"}${action}`,
  );
  const scope = scopes.length === 0 ? "" : `,scope="${scopes.join(" ")}"`;
  const reason = error === undefined ? "" : `,error="${error}"`;
  const refusal = errorAnswer(401, "UNAUTHORIZED", "authentication required");
  const header = `Bearer realm="${origin}/v2/token",service="${name}"${scope}${reason}`;
  return { ...refusal, headers: { ...refusal.headers, "www-authenticate": header } };
}

function interrupted(interruption: Interruption): Answer {
  if (interruption.kind === "status") return answer(interruption.status);
  const { retryAfter } = interruption;
  const busy = errorAnswer(429, "TOOMANYREQUESTS", "Quota exceeded for quota metric 'Requests per project per region'");
  return { ...busy, headers: { ...busy.headers, "retry-after": retryAfter } };
}

/** Replaces the Location of the upstream, which would bypass the double, by its path. */
function withPath(given: Answer): Answer {
  const { location } = given.headers;
  if (typeof location !== "string") return given;
  return { ...given, headers: { ...given.headers, location: new URL(location, "http://upstream").pathname } };
}

async function passOn(
  given: IncomingMessage,
  response: ServerResponse,
  entry: OpenEntry,
  warnings: Readonly<Record<string, string>>,
): Promise<void> {
  entry.status = given.statusCode ?? 502;
  response.writeHead(entry.status, { ...endToEnd(given.headers, ["transfer-encoding"]), ...warnings });
  given.on("data", (chunk: Uint8Array) => (entry.bytesOut += chunk.length));
  await pipeline(given, response);
}
