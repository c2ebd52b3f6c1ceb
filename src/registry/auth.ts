import type { Credential } from "../model/credential.ts";
import type { HostSettings } from "../model/host-settings.ts";
import type { Clock, Credentials } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import type { Secret } from "../model/secret.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import type { Egress } from "./egress.ts";
import { RegistryError } from "./error.ts";
import { basicAuthorization, fetchToken } from "./token.ts";

export type AuthRequest = {
  readonly registry: HostSettings;
  readonly repository: Repository;
  /** `repository:PATH:pull` and the like; order does not matter. */
  readonly scopes: readonly string[];
  /** Its body can be sent only once: a token that would end on the way is renewed before. */
  readonly isLong?: boolean;
  readonly signal: AbortSignal;
};

/** Finds the Authorization header for a request: from memory where the host's challenge is known, by asking otherwise. */
export type Auth = {
  /** What to send at first; undefined where the host has not asked for anything yet. */
  readonly header: (request: AuthRequest) => Promise<string | undefined>;
  /**
   * What to send after a 401 with this challenge.
   * @throws RegistryError UNAUTHENTICATED where there is nothing better to send
   */
  readonly answer: (request: AuthRequest, header: string | undefined, sent: string | undefined) => Promise<string>;
  /** The error for a 401 that came although we answered its challenge. */
  readonly refused: (request: AuthRequest, cause: RegistryError) => Promise<RegistryError>;
};

type StoredToken = { readonly value: Secret; readonly renewAt: number; readonly renewBeforeLongAt: number };

/** A token that would end within this time is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000;
/** Where tokens live no longer than that, one that is so fresh has to do for a long request. */
const FRESH_MS = 5000;

/**
 * Basic, bearer and anonymous, as each host asks (registries.md section 3.1). A host's challenge is remembered, so that later
 * requests need no 401 of their own; tokens are kept per host and set of scopes, asked for once even by many at a time.
 */
export function createAuth({
  egress,
  credentials,
  clock,
}: {
  egress: Egress;
  credentials: Credentials;
  clock: Clock;
}): Auth {
  const challenges = new Map<string, Challenge>();
  const tokens = new Map<string, Promise<StoredToken>>();

  const find = async ({ registry, repository, signal }: AuthRequest): Promise<Credential | undefined> => {
    const credential = await credentials.find(repository, { signal });
    if (credential !== undefined && !registry.allowsCredentials) throw unprotected(registry);
    return credential;
  };

  const bearer = async (
    request: AuthRequest,
    challenge: Extract<Challenge, { scheme: "bearer" }>,
    old?: string,
  ): Promise<string> => {
    const credential = await find(request);
    if (credential?.kind === "registry-token") return `Bearer ${credential.token.reveal()}`;
    const key = [request.registry.host, request.repository.path, ...request.scopes.toSorted()].join(" ");
    const fetch = async (): Promise<StoredToken> => {
      const start = clock.monotonic();
      const token = await fetchToken(egress, {
        registry: request.registry,
        challenge,
        scopes: request.scopes,
        credential,
        signal: request.signal,
      });
      return {
        value: token.value,
        renewAt: start + Math.max(token.lifetimeMs - RENEW_BEFORE_MS, token.lifetimeMs / 2),
        renewBeforeLongAt: start + Math.max(token.lifetimeMs - RENEW_BEFORE_MS, FRESH_MS),
      };
    };
    for (let pending = tokens.get(key); pending !== undefined; pending = tokens.get(key)) {
      const known = await pending.catch(() => undefined);
      const renewAt = request.isLong === true ? known?.renewBeforeLongAt : known?.renewAt;
      if (known !== undefined && (renewAt ?? 0) > clock.monotonic() && bearerOf(known) !== old) return bearerOf(known);
      if (tokens.get(key) === pending) tokens.delete(key);
    }
    // nothing is awaited between finding no token and setting the next one, so that many requests make one
    const fresh = fetch();
    tokens.set(key, fresh);
    return bearerOf(await fresh);
  };

  const respond = async (request: AuthRequest, challenge: Challenge, old?: string): Promise<string | undefined> => {
    if (challenge.scheme === "bearer") return bearer(request, challenge, old);
    const credential = await find(request);
    if (credential?.kind === "registry-token") return `Bearer ${credential.token.reveal()}`;
    return credential?.kind === "basic" ? basicAuthorization(credential.username, credential.password) : undefined;
  };

  return {
    header: async (request) => {
      const challenge = challenges.get(request.registry.host);
      return challenge === undefined ? undefined : respond(request, challenge);
    },
    answer: async (request, header, sent) => {
      const { registry } = request;
      const challenge = header === undefined ? undefined : parseChallenge(header);
      if (challenge === undefined) {
        throw new RegistryError({
          code: "UNAUTHENTICATED",
          message: `${registry.host} asks for credentials in a way that is not supported`,
        });
      }
      challenges.set(registry.host, challenge);
      const answer = await respond(request, challenge, sent);
      if (answer !== undefined && answer !== sent) return answer;
      throw new RegistryError({
        code: "UNAUTHENTICATED",
        message:
          answer === undefined ? `${registry.host} asks for credentials` : `${registry.host} refused the credentials`,
        hint: await hint(request),
      });
    },
    refused: async (request, cause) =>
      new RegistryError(
        { ...cause.details, code: "UNAUTHENTICATED", hint: await hint(request) },
        { ...cause.facts, isRetryable: false },
        { cause },
      ),
  };

  async function hint(request: AuthRequest): Promise<string> {
    const credential = await credentials.find(request.repository, { signal: request.signal });
    const { host } = request.registry;
    return credential === undefined
      ? `no credentials were found for ${host}: docker login ${host}`
      : `the credentials from ${credential.origin} were refused, or do not reach this repository`;
  }
}

function bearerOf({ value }: StoredToken): string {
  return `Bearer ${value.reveal()}`;
}

/** Why credentials may not go there. */
export function unprotected({ host, plainHttp }: HostSettings): RegistryError {
  return new RegistryError({
    code: "CREDENTIALS_FAILED",
    message: `refused to send credentials to ${host} ${plainHttp ? "over plain http" : "without checking its certificate"}`,
    hint: plainHttp
      ? `if the network between is yours, allow it: --allow-plain-http ${host}`
      : `name the registry's authority with ca in place of switching the check off`,
  });
}
