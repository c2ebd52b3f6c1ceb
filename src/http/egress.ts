import type { Readable } from "node:stream";
import type { HostSettings } from "../model/host-settings.ts";
import type { Clock } from "../model/ports.ts";
import { holdSecret } from "../model/secret.ts";
import type { Trace } from "../model/trace.ts";
import { ask } from "./ask.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import type { Dispatcher } from "undici";
import type { Dispatchers } from "./dispatchers.ts";
import { RegistryError } from "./error.ts";
import { LIMITS, type Timeouts } from "./limits.ts";
import { networkError } from "./network-error.ts";
import { mayHoldCredentials, registryUrl } from "./origin.ts";
import type { Proxies } from "./proxies.ts";
import type { EgressResponse } from "./response.ts";
import { showUrl } from "./show-url.ts";
import { traceRequest } from "./trace-request.ts";
import { defined } from "../model/defined.ts";

export type { EgressResponse } from "./response.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

export type EgressRequest = {
  /** The registry for which the request is sent. Its settings decide trust, address and credentials. */
  readonly registry: HostSettings;
  /**
   * `registry`: the registry's own API. `upload`: a Location that the registry returned. `token`: its token service. `metadata`: the
   * metadata server of this machine, at an address that no other purpose may reach, and never through a proxy.
   */
  readonly purpose: "registry" | "upload" | "token" | "metadata";
  readonly method: Method;
  readonly url: URL;
  /** Purpose of the request in traces: `resolve the tag`. */
  readonly why: string;
  /** The URL's path is a secret and must not appear in traces. */
  readonly isAddressSecret?: boolean;
  /** Number of the attempt in the retry layer, starting at 1. */
  readonly attempt?: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The Authorization header, sent only to origins that may see it. */
  readonly authorization?: string;
  /** Credentials for a registry that this one redirects to. Sent only to that origin, which gets no other credentials. */
  readonly elsewhere?: { readonly origin: string; readonly authorization: string };
  readonly body?: Uint8Array | Readable;
  /** Until the response begins. The response body has its own idle timeout. */
  readonly headersTimeoutMs?: number;
  /** For the whole response body; defaults to `answerMs` of the settings. */
  readonly bodyMs?: number;
  /** The response is read at once, up to this many bytes. */
  readonly bodyLimit?: number;
  /** The body of a success has no time limit; its reader watches the transfer rate. */
  readonly isBodyLong?: boolean;
  readonly signal: AbortSignal;
};

/** The only way to the network: every request of imgsync passes through it. */
export type Egress = {
  readonly send: (request: EgressRequest) => Promise<EgressResponse>;
  readonly close: () => Promise<void>;
  /** For the layers above, such as retries. */
  readonly trace: Trace | undefined;
};

export type EgressOptions = {
  readonly proxies: Proxies;
  readonly timeouts: Timeouts;
  readonly userAgent: string;
  readonly clock: Clock;
  /** If set, only these registries are reachable, and only at their own origin. Used for untrusted manifests. */
  readonly onlyHosts?: ReadonlySet<string>;
  /** Called for every response, including redirects, to count them. */
  readonly onAnswer?: (host: string, status: number) => void;
  readonly trace?: Trace | undefined;
  /** For callers that ask again on their own schedule: a host that does not answer is contacted again at once. */
  readonly neverPauses?: boolean;
};

/**
 * Decides origin, connection and credentials for each hop. Redirects are followed here, so that Node and Deno behave alike: at most 5 for
 * reads, none for tokens, and for writes only 307 and 308 to the same origin. A redirect to a new origin carries no credentials. Threats T1
 * to T8.
 * @throws RegistryError REGISTRY_UNREACHABLE, REGISTRY_TIMEOUT, TLS_FAILED, EGRESS_REFUSED, REGISTRY_PROTOCOL
 */
export function createEgress(options: EgressOptions): Egress {
  // undici takes longer to load than all other modules together, so load it on the first request only
  let loading: Promise<Dispatchers> | undefined;
  const breaker: Breaker = options.neverPauses === true ? { run: (_, task) => task() } : createBreaker(options);
  const load = async (): Promise<Dispatchers> => {
    loading ??= import("./dispatchers.ts").then(({ createDispatchers }) => createDispatchers(options));
    return loading;
  };

  const sendOnce = async (request: EgressRequest, url: URL, redirectedBy?: string): Promise<EgressResponse> => {
    const own = registryUrl(request.registry).origin === url.origin;
    checkUrl(request, url, own, options.onlyHosts);
    const dispatchers = await load();
    const dispatcher = dispatcherFor(dispatchers, request, url);
    // the server may echo the credentials, so mask them in output
    if (request.authorization !== undefined) holdSecret(request.authorization.replace(/^[A-Za-z]+ /, ""));
    const showsCredentials = request.purpose === "token" ? mayHoldCredentials(request.registry, url) : own;
    const askOnce = async (): Promise<EgressResponse> => {
      const headers = {
        "user-agent": options.userAgent,
        "accept-encoding": "identity",
        ...(own || request.purpose !== "registry" ? request.headers : anonymousHeaders(request.headers)),
        ...defined({
          authorization:
            !own && request.elsewhere?.origin === url.origin
              ? request.elsewhere.authorization
              : showsCredentials
                ? request.authorization
                : undefined,
        }),
      };
      const answer = await ask(url, { request, headers, dispatcher, dispatchers }, options);
      options.onAnswer?.(url.host, answer.status);
      return answer;
    };
    const send = (): Promise<EgressResponse> =>
      askOnce().catch((thrown: unknown) => {
        throw networkError(thrown, url);
      });
    const { trace, clock } = options;
    return breaker.run(
      url.host,
      trace === undefined ? send : () => traceRequest(send, { ...request, url, redirectedBy }, { trace, clock }),
    );
  };

  const send = async (request: EgressRequest): Promise<EgressResponse> => {
    const visited = new Set<string>();
    let url = request.url;
    let redirectedBy: string | undefined;
    for (;;) {
      visited.add(url.href);
      const response = await sendOnce(request, url, redirectedBy);
      if (!isRedirect(response.status)) return response;
      await response.discard();
      redirectedBy = url.host;
      url = nextUrl(request, response, visited);
    }
  };

  return { send, close: async () => (await loading)?.close(), trace: options.trace };
}

function dispatcherFor(dispatchers: Dispatchers, { registry, purpose }: EgressRequest, url: URL): Dispatcher {
  if (purpose === "metadata") return dispatchers.forMetadata();
  const own = registryUrl(registry).origin === url.origin;
  return own ? dispatchers.forOwn(registry, url) : dispatchers.forForeign(registry, url);
}

function nextUrl(request: EgressRequest, response: EgressResponse, visited: ReadonlySet<string>): URL {
  const { method, purpose, registry, body } = request;
  const location = response.header("location");
  const shown = showUrl(response.url);
  if (location === undefined) throw refused("REGISTRY_PROTOCOL", `${shown} redirects without an address`);
  if (purpose === "token" || purpose === "metadata")
    throw refused("EGRESS_REFUSED", `the token service ${shown} answers with a redirect`);
  const next = parseLocation(location, response.url);
  const isRead = method === "GET" || method === "HEAD";
  const canReplay = body === undefined || body instanceof Uint8Array;
  const keepsMethod = response.status === 307 || response.status === 308;
  if (!isRead && !(keepsMethod && canReplay && next.origin === response.url.origin)) {
    throw refused("EGRESS_REFUSED", `${registry.host} redirects a ${method} to ${showUrl(next)}`);
  }
  if (visited.has(next.href) || visited.size > LIMITS.redirects) {
    throw refused("EGRESS_REFUSED", `${registry.host} redirects in circles or more than ${LIMITS.redirects} times`);
  }
  if (response.url.protocol === "https:" && next.protocol !== "https:") {
    throw refused("EGRESS_REFUSED", `${registry.host} redirects from https to ${showUrl(next)}`);
  }
  return next;
}

function checkUrl(request: EgressRequest, url: URL, own: boolean, onlyHosts?: ReadonlySet<string>): void {
  const { registry, purpose } = request;
  if (url.href.length > LIMITS.urlLength)
    throw refused("EGRESS_REFUSED", `${registry.host} gave an address of ${url.href.length} characters`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && registry.plainHttp)) {
    throw refused("EGRESS_REFUSED", `${registry.host} points to ${showUrl(url)}, which is not https`);
  }
  if (url.username !== "" || url.password !== "")
    throw refused("EGRESS_REFUSED", `${registry.host} points to an address with a user name`);
  if (onlyHosts !== undefined && !onlyHosts.has(registry.host)) {
    throw refused(
      "EGRESS_REFUSED",
      `"${registry.host}" is not a registry that your own settings name, and the manifest is untrusted`,
    );
  }
  if (purpose === "upload" && !own && !registry.uploadHosts.includes(url.host)) {
    throw new RegistryError({
      code: "EGRESS_REFUSED",
      message: `${registry.host} wants the upload to go to another host, "${url.host}"`,
      hint: `if this is expected, allow it in your own settings: registries: { "${registry.host}": { uploadHosts: ["${url.host}"] } }`,
    });
  }
}

function parseLocation(location: string, base: URL): URL {
  try {
    return new URL(location, base);
  } catch {
    throw refused("REGISTRY_PROTOCOL", `${base.host} redirects to something that is not an address`);
  }
}

/** The headers of a read that another origin may see: format and range. */
function anonymousHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name === "accept" || name === "range"));
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function refused(code: "EGRESS_REFUSED" | "REGISTRY_PROTOCOL", message: string): RegistryError {
  return new RegistryError({ code, message });
}
