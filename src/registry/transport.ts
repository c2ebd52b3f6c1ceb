import type { Readable } from "node:stream";
import { isLayout } from "../model/layout-name.ts";
import type { HostSettings } from "../model/host-settings.ts";
import type { Clock, Credentials } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import { maskEcho } from "../model/secret.ts";
import { createAuth } from "./auth/auth.ts";
import { readAtMost, readStart } from "../http/body.ts";
import type { Egress, EgressRequest, EgressResponse, Method } from "../http/egress.ts";
import { DENIED_HINT, RegistryError, responseError } from "../http/error.ts";
import { createGuestTokens } from "./auth/guest-tokens.ts";
import { LIMITS } from "../http/limits.ts";
import { explainNotCreated } from "./not-created.ts";
import { registryUrl } from "../http/origin.ts";
import type { PullLimits } from "../http/pull-limits.ts";
import { createRate, type Rate } from "../http/rate.ts";
import { createRetryBudget } from "../http/retry-budget.ts";
import { createPatience, type Patience, withRetry } from "../http/retry.ts";
import { parseRetryAfter } from "../http/retry-after.ts";
import { createSender, isStream, type Proof } from "./auth/sender.ts";
import { createThrottle, type Permit } from "../http/throttle.ts";
import { parseWarnings } from "../http/warning.ts";
import { defined } from "../model/defined.ts";

export type Access = "pull" | "pull,push" | "pull,push,delete";

export type TransportRequest = {
  readonly repository: Repository;
  readonly access: Access;
  /** A second repository on the same host to read from, for a cross-repository mount. */
  readonly mountFrom?: Repository;
  readonly method: Method;
  /** The path is one under `/v2/`, about the whole host. `repository` only decides the credentials. */
  readonly isOfHost?: true;
  /** Path under `/v2/PATH/`, such as `manifests/latest`, or a Location returned by the registry. */
  readonly to: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable;
  readonly headersTimeoutMs?: number;
  /** Statuses that do not throw. */
  readonly expect: readonly number[];
  /** Name of the request in errors: `PUT manifest`. */
  readonly what: string;
  /** Purpose of the request in traces. */
  readonly why: string;
  /** Number of the attempt in traces if the caller retries, starting at 1. */
  readonly attempt?: number;
  readonly signal: AbortSignal;
};

export type Answer = {
  readonly status: number;
  readonly header: EgressResponse["header"];
  readonly bytes: Uint8Array;
  readonly url: URL;
};

/** Sends requests to registries: throttled per host, authorized, and retried if that is safe. */
export type Transport = {
  /** For short responses of at most `limit` bytes. Retries, so the body must be bytes. */
  readonly request: (request: TransportRequest & { readonly limit?: number }) => Promise<Answer>;
  /** One attempt, if the caller decides about retries: tag writes and streamed bodies. */
  readonly requestOnce: (request: TransportRequest & { readonly limit?: number }) => Promise<Answer>;
  /** For long responses, whose body the caller reads. Retries until the response begins. */
  readonly open: (request: TransportRequest) => Promise<EgressResponse>;
  /** The retry layer, for operations of several requests. */
  readonly retry: <T>(attempt: (number: number) => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** The same rules for a long response that breaks off. */
  readonly patience: (signal: AbortSignal) => Patience;
};

export type TransportOptions = {
  readonly egress: Egress;
  readonly credentials: Credentials;
  readonly settingsFor: (host: string) => HostSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onWarning: (host: string, text: string) => void;
  /** Rates measured by earlier clients. */
  readonly rate?: Rate;
  /** The number of processes that send requests to the same hosts at a time. */
  readonly sharedBy?: number;
  /** Collects pull limits from responses. */
  readonly pullLimits?: PullLimits;
};

export function createTransport(options: TransportOptions): Transport {
  const { egress, credentials, settingsFor, clock, random, onWarning, rate = createRate(), pullLimits } = options;
  const auth = createAuth({ egress, credentials, clock, onWarning });
  const throttle = createThrottle({ clock, ...defined({ sharedBy: options.sharedBy }) });
  const budget = createRetryBudget();
  const { trace } = egress;
  const retry = <T>(attempt: (number: number) => Promise<T>, signal: AbortSignal): Promise<T> =>
    withRetry(attempt, { clock, random, signal, budget, trace });

  const sender = createSender({ egress, auth, guests: createGuestTokens({ egress, clock }), clock, rate });
  const send = (request: Sendable): Promise<EgressResponse> => {
    if (isLayout(request.repository))
      throw new Error(`an OCI layout is not reachable over the network: ${request.repository.host}`);
    const registry = settingsFor(request.repository.host);
    budget.noteRequest(request.signal);
    return sender(request, registry, {
      scopes: scopesOf(request),
      toEgress: (proof) => toEgress(request, registry, proof),
      onAnswer: (response) => {
        noteWarning(response, registry.host, onWarning);
        pullLimits?.note(registry.host, response.header);
      },
      toError: (response) => failure(request, response),
    });
  };

  const check = async (request: TransportRequest, response: EgressResponse): Promise<EgressResponse> => {
    if (request.expect.includes(response.status)) return response;
    throw await failure(request, response);
  };

  const failure = async (request: TransportRequest, response: EgressResponse): Promise<RegistryError> => {
    const body = await readStart(response.body, LIMITS.errorBytes);
    const retryAfterMs = parseRetryAfter(response.header("retry-after"), clock.now());
    const error = responseError({
      what: request.what,
      host: request.repository.host,
      status: response.status,
      body,
      header: response.header,
      ...defined({ retryAfterMs }),
    });
    const explained = await explainDenied(error, request, response.url);
    return request.access === "pull" ? explained : explainNotCreated(explained, request.repository);
  };

  /** A 403 of the registry itself, not of its storage, to a client that is not logged in. */
  const explainDenied = async (
    refusal: RegistryError,
    { repository, signal }: TransportRequest,
    url: URL,
  ): Promise<RegistryError> => {
    const registry = settingsFor(repository.host);
    if (refusal.details.hint !== DENIED_HINT || url.origin !== registryUrl(registry).origin) return refusal;
    // if they cannot be read now, nothing better is known
    const hint = await auth.denied({ registry, repository, signal }).catch(() => undefined);
    if (hint === undefined) return refusal;
    return new RegistryError({ ...refusal.details, hint }, refusal.facts, { cause: refusal });
  };

  const once = async (request: Sendable & { readonly limit?: number }): Promise<Answer> => {
    const limit = request.limit ?? LIMITS.errorBytes;
    // an error's response is read too, up to a limit of its own
    const bodyLimit = Math.max(limit, LIMITS.errorBytes);
    const response = await check(request, await send({ ...request, bodyLimit }));
    const bytes = await readAtMost(response.body, limit, `the answer to ${request.what}`);
    return { status: response.status, header: response.header, bytes, url: response.url };
  };

  const throttled = <T>(request: TransportRequest, task: () => Promise<T>): Promise<T> =>
    throttle.run(permitOf(request), task);

  return {
    request: (request) => retry((attempt) => throttled(request, () => once({ ...request, attempt })), request.signal),
    // a streamed upload takes long and must not hold a permit that the request for its source may wait for
    requestOnce: (request) =>
      isStream(request.body)
        ? throttle.runStream(permitOf(request), () => once(request))
        : throttled(request, () => once(request)),
    open: (request) => {
      const long = { ...request, isBodyLong: true };
      return retry(
        (attempt) => throttled(long, async () => check(long, await send({ ...long, attempt }))),
        request.signal,
      );
    },
    retry,
    patience: (signal) => createPatience({ clock, random, signal, budget, trace }),
  };
}

function permitOf({ repository, method, what, signal }: TransportRequest): Permit {
  const kind = method === "GET" || method === "HEAD" ? "read" : "write";
  return { host: repository.host, kind, group: what, signal };
}

type Sendable = TransportRequest & { readonly isBodyLong?: boolean; readonly bodyLimit?: number };

function toEgress(request: Sendable, registry: HostSettings, { authorization, elsewhere }: Proof): EgressRequest {
  const { repository, isOfHost, to, method, body, headers, headersTimeoutMs, isBodyLong, bodyLimit } = request;
  const { why, attempt, signal } = request;
  const isLocation = to instanceof URL;
  return {
    registry,
    purpose: isLocation ? "upload" : "registry",
    method,
    url: isLocation ? to : new URL(`/v2/${isOfHost ? "" : `${repository.path}/`}${to}`, registryUrl(registry)),
    headers: headers ?? {},
    why,
    signal,
    ...defined({
      attempt,
      authorization,
      elsewhere,
      body,
      headersTimeoutMs,
      bodyLimit,
      isBodyLong: isBodyLong === true ? true : undefined,
    }),
  };
}

function scopesOf({ repository, access, mountFrom, isOfHost }: TransportRequest): readonly string[] {
  if (isOfHost === true) return ["registry:catalog:*"];
  const own = `repository:${repository.path}:${access}`;
  return mountFrom === undefined || mountFrom.path === repository.path
    ? [own]
    : [own, `repository:${mountFrom.path}:pull`];
}

/** Passes on `Warning: 299 - "text"`, which is shown but has no effect. OCI distribution-spec, "Warnings". */
function noteWarning(response: EgressResponse, host: string, onWarning: TransportOptions["onWarning"]): void {
  for (const text of parseWarnings(response.header("warning"))) onWarning(host, maskEcho(text));
}
