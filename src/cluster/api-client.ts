import { systemClock } from "../async/system-clock.ts";
import { readTextFile } from "../files/read-text-file.ts";
import { readAtMost, readStart } from "../http/body.ts";
import { createEgress, type Egress } from "../http/egress.ts";
import { DEFAULT_TIMEOUTS, LIMITS } from "../http/limits.ts";
import { NO_PROXIES, type Proxies } from "../http/proxies.ts";
import { type ErrorCode, ImgsyncError, toErrorDetails } from "../model/error.ts";
import { defaultHostSettings } from "../model/host-settings.ts";
import { memberOf, textIn, tryParseJson } from "../model/json.ts";
import { maskEcho, secret } from "../model/secret.ts";
import type { Trace } from "../model/trace.ts";
import { readPem } from "../settings/pem-file.ts";
import { defined } from "../model/defined.ts";
import type { ApiServer } from "./api-server.ts";

export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT";
  /** Starts at the root: `/apis/coordination.k8s.io/v1/…`. */
  readonly path: string;
  readonly body?: unknown;
  /** Statuses of errors that the caller handles. */
  readonly expect: readonly number[];
  /** Name of the request in errors and traces: `read the lease a/b`. */
  readonly why: string;
  readonly signal: AbortSignal;
};

export type ApiAnswer = { readonly status: number; readonly json: unknown };

/** Sends requests to the API server of a cluster. */
export type ApiClient = {
  /** @throws ImgsyncError if the server cannot be reached, or answers with a status other than 200, 201 and those of `expect` */
  readonly request: (request: ApiRequest) => Promise<ApiAnswer>;
  readonly close: () => Promise<void>;
};

export type ApiClientOptions = {
  readonly proxies: Proxies;
  readonly userAgent: string;
  readonly trace?: Trace | undefined;
};

/** The API server limits tokens and certificates to far less. */
const MOST_TOKEN_BYTES = 64 * 1024;

type Connection = { readonly ca: string | undefined; readonly egress: Egress };

/**
 * Never retries: the callers ask again on their own schedule. Token and CA are read from their files for each request, because Kubernetes
 * replaces them while the process runs.
 */
export function createApiClient(server: ApiServer, { proxies, userAgent, trace }: ApiClientOptions): ApiClient {
  let connection: Connection | undefined;
  const connect = async (): Promise<Connection> => {
    const ca = server.caFile === undefined ? undefined : await readCa(server.caFile);
    if (connection !== undefined && connection.ca === ca) return connection;
    await connection?.egress.close();
    const egress = createEgress({
      // a service address inside the cluster is not one that a proxy for registries reaches
      proxies: server.isInCluster ? NO_PROXIES : proxies,
      timeouts: DEFAULT_TIMEOUTS,
      userAgent,
      clock: systemClock,
      trace,
      neverPauses: true,
    });
    connection = { ca, egress };
    return connection;
  };
  const send = async ({ method, path, body, why, signal }: ApiRequest): Promise<ApiAnswer> => {
    const token = server.tokenFile === undefined ? undefined : await readToken(server.tokenFile);
    const { ca, egress } = await connect();
    const host = {
      ...defaultHostSettings(server.url.host),
      plainHttp: server.url.protocol === "http:",
      ...defined({ ca }),
    };
    const response = await egress.send({
      registry: host,
      purpose: "registry",
      method,
      url: new URL(path, server.url),
      why,
      headers: {
        accept: "application/json",
        ...defined({ "content-type": body === undefined ? undefined : "application/json" }),
      },
      ...defined({
        authorization: token === undefined ? undefined : `Bearer ${token.reveal()}`,
        body: body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body)),
      }),
      signal,
    });
    if (response.status >= 300) {
      const json = tryParseJson(await readStart(response.body, LIMITS.errorBytes));
      return { status: response.status, json };
    }
    const bytes = await readAtMost(response.body, LIMITS.apiBytes, `the answer to ${why}`);
    return { status: response.status, json: tryParseJson(bytes) };
  };
  return {
    request: async (request) => {
      const answer = await send(request).catch((thrown: unknown) => {
        throw request.signal.aborted ? thrown : failure(request, thrown);
      });
      const { status, json } = answer;
      if (status === 200 || status === 201 || request.expect.includes(status)) return answer;
      throw refusal(request, server, status, json);
    },
    close: async () => connection?.egress.close(),
  };
}

async function readToken(path: string): Promise<ReturnType<typeof secret>> {
  const read = await readTextFile(path, MOST_TOKEN_BYTES);
  const text = "problem" in read ? "" : read.text.trim();
  if ("problem" in read) throw unreadable(path, read.problem);
  // a header holds neither line breaks nor characters beyond ASCII
  if (!/^[\x21-\x7e]+$/.test(text)) throw unreadable(path, "does not hold a token");
  return secret(text);
}

async function readCa(path: string): Promise<string> {
  const pem = await readPem(path, "certificate");
  if ("problem" in pem) throw unreadable(path, pem.problem);
  return pem.text;
}

function unreadable(path: string, problem: string): ImgsyncError {
  return new ImgsyncError({
    code: "CREDENTIALS_FAILED",
    message: `${path} ${problem}`,
    hint: "in a pod, mount the service account with automountServiceAccountToken: true",
  });
}

/** The HTTP client's hints are about registries, so they are left out. */
function failure({ why }: ApiRequest, thrown: unknown): ImgsyncError {
  const { code, message, hint } = toErrorDetails(thrown);
  const isOwn = code === "CREDENTIALS_FAILED";
  return new ImgsyncError(
    { code, message: `could not ${why}: ${message}`, ...defined({ hint: isOwn ? hint : undefined }) },
    { cause: thrown },
  );
}

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [401, "UNAUTHENTICATED"],
  [403, "DENIED"],
  [429, "RATE_LIMITED"],
]);
const MOST_SHOWN = 300;

function refusal({ why }: ApiRequest, server: ApiServer, status: number, json: unknown): ImgsyncError {
  const said = maskEcho(textIn(memberOf(json, "message")) ?? "").slice(0, MOST_SHOWN);
  const hint =
    status === 403 ? "its Role must allow get, create and update of leases in coordination.k8s.io" : undefined;
  return new ImgsyncError({
    code: CODES.get(status) ?? "REGISTRY_ERROR",
    message: `could not ${why}: ${server.url.host} answered ${status}${said === "" ? "" : `: ${said}`}`,
    ...defined({ hint }),
  });
}
