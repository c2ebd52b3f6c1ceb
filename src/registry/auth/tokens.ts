import { createSingleFlight } from "../../async/single-flight.ts";
import type { Egress } from "../../http/egress.ts";
import { type Credential, isSameCredential } from "../../model/credential.ts";
import { type Lifetime, usableUntil } from "../../model/lifetime.ts";
import type { Clock, Credentials } from "../../model/ports.ts";
import { adviceOf } from "../../products/credential-advice.ts";
import type { AuthRequest } from "./auth-request.ts";
import type { BearerChallenge } from "./challenge.ts";
import { fetchToken, type Token } from "./token.ts";

/**
 * Returns a token for a credential and the scopes of a request, other than `refused`: the Authorization header that the registry did not
 * accept.
 * @throws RegistryError UNAUTHENTICATED if the token service refuses the credential, and what fetchToken throws
 */
export type Tokens = (
  request: AuthRequest,
  challenge: BearerChallenge,
  use: { readonly credential: Credential | undefined; readonly refused: string | undefined },
) => Promise<string>;

type StoredToken = Lifetime & Pick<Token, "value">;

/** Keeps tokens per host, credential and set of scopes. Concurrent requests share one fetch, which has the time limits of a request. */
export function createTokens({
  egress,
  sources,
  clock,
}: {
  readonly egress: Egress;
  readonly sources: Credentials;
  readonly clock: Clock;
}): Tokens {
  const fetches = createSingleFlight<StoredToken>({ keepsResults: true });
  // a secret is not part of a key, so each credential gets a number
  const credentials: Credential[] = [];
  const numberOf = (credential: Credential | undefined): number => {
    if (credential === undefined) return 0;
    const known = credentials.findIndex((one) => isSameCredential(one, credential));
    return known < 0 ? credentials.push(credential) : known + 1;
  };

  return async (request, challenge, { credential, refused }) => {
    const { registry, repository, scopes } = request;
    const key = [registry.host, challenge.realm, numberOf(credential), repository.path, ...scopes.toSorted()].join(" ");
    let isFetched = false;
    const fetch = async (signal: AbortSignal): Promise<StoredToken> => {
      isFetched = true;
      const obtainedAt = clock.monotonic();
      const advice = adviceOf(sources, repository, credential);
      const asked = { registry, challenge, scopes, credential, advice, signal };
      const { value, lifetimeMs } = await fetchToken(egress, asked);
      return { value, obtainedAt, expiresAt: obtainedAt + lifetimeMs };
    };
    const isGood = (token: StoredToken, isFresh: boolean): boolean =>
      bearerOf(token.value) !== refused && (isFresh || usableUntil(token, request) > clock.monotonic());
    const { value } = await fetches(key, request.signal, fetch, isGood);
    if (!isFetched) egress.trace?.({ type: "cache-hit", cache: "token", key: `${registry.host} ${scopes.join(" ")}` });
    return bearerOf(value);
  };
}

/** Returns the Authorization header. RFC 6750 section 2.1. */
export function bearerOf(token: Token["value"]): string {
  return `Bearer ${token.reveal()}`;
}
