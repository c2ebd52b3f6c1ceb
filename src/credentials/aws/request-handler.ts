import type { HostSettings } from "../../model/host-settings.ts";
import type { Clock } from "../../model/ports.ts";
import { isLoopback } from "../../http/address.ts";
import { readAtMost } from "../../http/body.ts";
import type { Egress, Method } from "../../http/egress.ts";
import { LIMITS } from "../../http/limits.ts";
import { withRetry } from "../../http/retry.ts";
import { credentialsFailed } from "../source/failure.ts";
import { defined } from "../../model/defined.ts";

/** Gives the AWS library access to STS and SSO through the egress, until the signal aborts. */
export type AwsRequests = { readonly handler: (signal: AbortSignal) => AwsRequestHandler };

/** The part of the request handler interface that the library uses. */
export type AwsRequestHandler = {
  readonly handle: (request: AwsRequest) => Promise<{ readonly response: AwsResponse }>;
  readonly updateHttpClientConfig: () => void;
  readonly httpHandlerConfigs: () => Record<string, never>;
};

type AwsRequest = {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

type AwsResponse = {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
};

const TIMEOUT_MS = 30_000;
const METHODS: ReadonlySet<string> = new Set<Method>(["GET", "POST", "PUT", "DELETE"]);
/** Response headers that the library reads. */
const ANSWER_HEADERS = ["content-type", "date", "x-amzn-requestid", "x-amzn-errortype", "retry-after"];

export function createAwsRequests({
  egress,
  settingsFor,
  clock,
  random,
}: {
  readonly egress: Egress;
  /** From the user's settings only: images.yaml cannot redirect AWS keys. */
  readonly settingsFor: (host: string) => HostSettings;
  readonly clock: Clock;
  readonly random: () => number;
}): AwsRequests {
  const send = async (request: AwsRequest, signal: AbortSignal, attempt: number): Promise<AwsResponse> => {
    const url = urlOf(request);
    const { authorization, host: _, "user-agent": __, ...headers } = request.headers;
    const response = await egress.send({
      registry: { ...settingsFor(url.host), plainHttp: url.protocol === "http:" },
      purpose: "token",
      method: methodOf(request),
      url,
      why: "get AWS credentials",
      attempt,
      headers,
      headersTimeoutMs: TIMEOUT_MS,
      signal,
      ...defined({ authorization }),
      ...bodyOf(request),
    });
    const body = await readAtMost(response.body, LIMITS.tokenBytes, `the answer of ${url.host}`);
    const answered = ANSWER_HEADERS.map((name) => [name, response.header(name)] as const);
    const known = answered.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
    return { statusCode: response.status, headers: Object.fromEntries(known), body };
  };
  return {
    handler: (signal) => ({
      handle: async (request) => ({
        response: await withRetry((attempt) => send(request, signal, attempt), {
          clock,
          random,
          signal,
          trace: egress.trace,
        }),
      }),
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    }),
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: AwsRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) url.searchParams.append(name, one);
  }
  if (url.protocol === "https:" || isLoopback(url)) return url;
  throw credentialsFailed(`"${url.origin}" is not https, so no AWS credentials are sent there`, {
    hint: "check AWS_ENDPOINT_URL and endpoint_url in the AWS configuration",
  });
}

function methodOf({ method }: AwsRequest): Method {
  // METHODS contains only values of Method
  if (METHODS.has(method)) return method as Method;
  throw new Error(`the AWS library sends ${method}`);
}

function bodyOf({ body }: AwsRequest): { readonly body?: Uint8Array } {
  if (body === undefined || body === "" || body === null) return {};
  if (typeof body === "string") return { body: new TextEncoder().encode(body) };
  if (body instanceof Uint8Array) return { body };
  throw new Error("the AWS library sends a body that is neither text nor bytes");
}
