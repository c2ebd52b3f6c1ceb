import { parseObject, textIn } from "../../model/json.ts";
import type { Credential } from "../../model/credential.ts";
import type { HostSettings } from "../../model/host-settings.ts";
import { holdSecret, type Secret, secret } from "../../model/secret.ts";
import { readAtMost, readStart } from "../../http/body.ts";
import { withheld } from "./advice.ts";
import type { BearerChallenge } from "./challenge.ts";
import type { Egress, EgressResponse } from "../../http/egress.ts";
import { RegistryError, responseError } from "../../http/error.ts";
import { LIMITS, TOKEN_BODY_MS } from "../../http/limits.ts";
import { mayHoldCredentials } from "../../http/origin.ts";
import { parseRetryAfter } from "../../http/retry-after.ts";
import { defined } from "../../model/defined.ts";

/** A bearer token and its lifetime, counted from its receipt. */
export type Token = { readonly value: Secret; readonly lifetimeMs: number };

type TokenRequest = {
  readonly registry: HostSettings;
  readonly challenge: BearerChallenge;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  /** The hint if the token service refuses. */
  readonly advice: string;
  readonly signal: AbortSignal;
};

const TIMEOUT_MS = 30_000;
const WHY = "get a token for the registry";
/** Token specification: the default lifetime is 60 seconds, and services must not issue shorter ones. */
const MIN_LIFETIME_S = 60;

/**
 * Requests a token from the registry's token service. Credentials are sent only if mayHoldCredentials allows it; other services get an
 * anonymous request. registries.md section 3.1, threats T1 and T2.
 * @throws RegistryError UNAUTHENTICATED, EGRESS_REFUSED, REGISTRY_PROTOCOL and what egress throws
 */
export async function fetchToken(egress: Egress, request: TokenRequest): Promise<Token> {
  const { registry, challenge, signal } = request;
  const realm = parseRealm(challenge.realm, registry);
  const credential = mayHoldCredentials(registry, realm) ? request.credential : undefined;
  const isDropped = credential === undefined && request.credential !== undefined;
  const response =
    credential?.kind === "identity-token"
      ? await egress.send({
          registry,
          purpose: "token",
          method: "POST",
          url: realm,
          why: WHY,
          signal,
          headersTimeoutMs: TIMEOUT_MS,
          bodyMs: TOKEN_BODY_MS,
          ...refreshForm(request, credential.token),
        })
      : await egress.send({
          registry,
          purpose: "token",
          method: "GET",
          url: withQuery(realm, request, credential),
          why: WHY,
          headers: { accept: "application/json" },
          ...basic(credential),
          signal,
          headersTimeoutMs: TIMEOUT_MS,
          bodyMs: TOKEN_BODY_MS,
        });
  if (response.status !== 200) throw await tokenError(response, request, realm, isDropped);
  return parseToken(await readAtMost(response.body, LIMITS.tokenBytes, `the token of ${realm.host}`), realm.host);
}

/** Returns the Authorization header for a user name and password. RFC 7617. */
export function basicAuthorization(username: string, password: Secret): string {
  const pair = `${username}:${password.reveal()}`;
  // a password too short to be masked alone is masked in its encoded form
  holdSecret(pair);
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

function parseRealm(text: string, registry: HostSettings): URL {
  try {
    return new URL(text);
  } catch {
    throw new RegistryError({
      code: "REGISTRY_PROTOCOL",
      message: `${registry.host} names a token service that is not an address`,
    });
  }
}

function withQuery(realm: URL, { challenge, scopes }: TokenRequest, credential: Credential | undefined): URL {
  const url = new URL(realm);
  if (challenge.service !== undefined) url.searchParams.set("service", challenge.service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (credential?.kind === "basic") url.searchParams.set("account", credential.username);
  return url;
}

function basic(credential: Credential | undefined): { authorization?: string } {
  return credential?.kind === "basic"
    ? { authorization: basicAuthorization(credential.username, credential.password) }
    : {};
}

function refreshForm(
  { challenge, scopes }: TokenRequest,
  token: Secret,
): { headers: Record<string, string>; body: Uint8Array } {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: token.reveal(),
    client_id: "imgsync",
  });
  if (challenge.service !== undefined) form.set("service", challenge.service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  return {
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new TextEncoder().encode(form.toString()),
  };
}

function parseToken(bytes: Uint8Array, host: string): Token {
  const fields = parseObject(bytes);
  const value = textIn(fields?.get("token")) ?? textIn(fields?.get("access_token"));
  if (value === undefined || !/^[\x21-\x7e]+$/.test(value)) {
    throw new RegistryError(
      { code: "REGISTRY_PROTOCOL", message: `the token service ${host} answered without a token` },
      { isRetryable: true },
    );
  }
  const seconds = fields?.get("expires_in");
  const lifetime = typeof seconds === "number" && seconds > MIN_LIFETIME_S ? seconds : MIN_LIFETIME_S;
  return { value: secret(value), lifetimeMs: lifetime * 1000 };
}

async function tokenError(
  response: EgressResponse,
  { registry, advice }: TokenRequest,
  realm: URL,
  isDropped: boolean,
): Promise<RegistryError> {
  const body = await readStart(response.body, LIMITS.errorBytes);
  const retryAfterMs = parseRetryAfter(response.header("retry-after"), new Date());
  const error = responseError({
    what: "the request for a token",
    host: realm.host,
    status: response.status,
    body,
    header: response.header,
    ...defined({ retryAfterMs }),
  });
  if (response.status !== 401 && response.status !== 403 && response.status !== 400) return error;
  const hint = isDropped ? withheld(realm, registry) : advice;
  return new RegistryError({ ...error.details, code: "UNAUTHENTICATED", hint }, error.facts);
}
