import type { HostSettings } from "../model/host-settings.ts";
import type { Clock } from "../model/ports.ts";
import { unprotected } from "./unprotected.ts";
import { readAtMost, readStart } from "./body.ts";
import type { Egress, EgressResponse } from "./egress.ts";
import { RegistryError, responseError } from "./error.ts";
import { LIMITS } from "./limits.ts";
import { registryUrl } from "./origin.ts";
import { withRetry } from "./retry.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { defined } from "../model/defined.ts";

export type ApiRequest = {
  /** The API's host, with its own settings. It inherits nothing from the registry that it belongs to. */
  readonly api: HostSettings;
  readonly method: "GET" | "POST";
  /** Path and query, starting at the root: `/v1/projects/…`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent only to this host. */
  readonly authorization?: string;
  readonly body?: string;
  /** The body holds a secret. */
  readonly sendsCredentials?: boolean;
  /** Statuses besides 200 that do not throw. */
  readonly expect?: readonly number[];
  /** Name of the request in errors and traces: `repositories.get`. */
  readonly what: string;
  readonly signal: AbortSignal;
};

export type ApiAnswer = {
  readonly status: number;
  readonly json: unknown;
  readonly header: EgressResponse["header"];
};

/** Sends requests to the JSON APIs that registries offer besides the registry protocol, through the same egress. */
export type ApiClient = { readonly request: (request: ApiRequest) => Promise<ApiAnswer> };

export type ApiClientOptions = { readonly egress: Egress; readonly clock: Clock; readonly random: () => number };

const TIMEOUT_MS = 30_000;

/**
 * API responses are optional information, so they get less time than registry requests and at most a few megabytes. A response that is not
 * a JSON object or array is an error.
 * @throws RegistryError as the transport does
 */
export function createApiClient({ egress, clock, random }: ApiClientOptions): ApiClient {
  const send = async (request: ApiRequest, attempt: number): Promise<ApiAnswer> => {
    const { api, method, path, headers, authorization, body, expect = [], what, signal } = request;
    const isSecret = authorization !== undefined || request.sendsCredentials === true;
    if (isSecret && !api.allowsCredentials) throw unprotected(api);
    const response = await egress.send({
      registry: api,
      purpose: "registry",
      method,
      url: new URL(path, registryUrl(api)),
      why: what,
      attempt,
      headers: {
        accept: "application/json",
        ...defined({ "content-type": body === undefined ? undefined : "application/json" }),
        ...headers,
      },
      ...defined({ authorization, body: body === undefined ? undefined : new TextEncoder().encode(body) }),
      headersTimeoutMs: TIMEOUT_MS,
      signal,
    });
    if (response.status !== 200 && !expect.includes(response.status)) {
      const retryAfterMs = parseRetryAfter(response.header("retry-after"), clock.now());
      throw responseError({
        what,
        host: api.host,
        status: response.status,
        body: await readStart(response.body, LIMITS.errorBytes),
        header: response.header,
        ...defined({ retryAfterMs }),
      });
    }
    const bytes = await readAtMost(response.body, LIMITS.apiBytes, `the answer to ${what}`);
    return { status: response.status, json: parse(bytes, request, response.status), header: response.header };
  };
  return {
    request: (request) =>
      withRetry((attempt) => send(request, attempt), {
        clock,
        random,
        signal: request.signal,
        trace: egress.trace,
      }),
  };
}

function parse(bytes: Uint8Array, { api, what }: ApiRequest, status: number): unknown {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof json === "object" && json !== null) return json;
  } catch {
    // reported below
  }
  if (status !== 200) return {};
  throw new RegistryError({
    code: "REGISTRY_PROTOCOL",
    message: `${api.host} answered ${what} with something that is not a JSON object`,
  });
}
