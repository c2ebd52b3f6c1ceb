import { createSingleFlight } from "../../async/single-flight.ts";
import { type Credential, isSameCredential } from "../../model/credential.ts";
import { expiryWarning } from "../../model/credential-life.ts";
import type { Clock, Credentials } from "../../model/ports.ts";
import type { Secret } from "../../model/secret.ts";
import type { AuthRequest } from "./auth-request.ts";
import { adviseOnDenial, adviseOnRefusal, type Refused } from "./advice.ts";
import { askForChallenge } from "./ask-for-challenge.ts";
import { type BearerChallenge, type Challenge, isSameChallenge, parseChallenge } from "./challenge.ts";
import type { Egress } from "../../http/egress.ts";
import { RegistryError } from "../../http/error.ts";
import { unprotected } from "../../http/unprotected.ts";
import { createFurtherScopes } from "./scopes.ts";
import { basicAuthorization } from "./token.ts";
import { bearerOf, createTokens } from "./tokens.ts";
import { defined } from "../../model/defined.ts";

/** Returns the Authorization header for a request: from memory if the host's challenge is known, otherwise after a challenge. */
export type Auth = {
  /** Returns the header for the first attempt; undefined if the host has not sent a challenge yet. */
  readonly header: (request: AuthRequest) => Promise<string | undefined>;
  /**
   * Returns the header for the retry after a 401 with this challenge.
   * @throws RegistryError UNAUTHENTICATED if there is nothing better to send
   */
  readonly answer: (request: AuthRequest, header: string | undefined, sent: string | undefined) => Promise<string>;
  /**
   * Returns the header for the retry after an anonymous request got 403 or 404, with which some registries hide private content without a
   * challenge. If the host has credentials, requests `/v2/` once for its challenge. Undefined if there is nothing better to send.
   */
  readonly discover: (request: AuthRequest, header: string | undefined) => Promise<string | undefined>;
  /** Reports whether a 401 asks for something other than the last challenge, which justifies another attempt. */
  readonly asksAnew: (request: AuthRequest, header: string | undefined) => boolean;
  /** Returns the error for a 401 received after its challenge was answered. */
  readonly refused: (request: AuthRequest, cause: RegistryError) => Promise<RegistryError>;
  /** Returns the hint for a 403 to a request that was anonymous; undefined if it had credentials. */
  readonly denied: (request: Refused) => Promise<string | undefined>;
};

/**
 * Basic, bearer and anonymous authentication, as each host requires (registries.md section 3.1). A host's challenge is cached, so that
 * later requests do not start with a 401. Tokens are kept too (tokens.ts).
 */
export function createAuth({
  egress,
  credentials,
  clock,
  onWarning,
}: {
  egress: Egress;
  credentials: Credentials;
  clock: Clock;
  onWarning: (host: string, text: string) => void;
}): Auth {
  const challenges = new Map<string, Challenge>();
  const probes = createSingleFlight<void>({ keepsResults: true });
  const openHosts = new Set<string>();
  const tokens = createTokens({ egress, sources: credentials, clock });
  const further = createFurtherScopes();

  const find = async (request: AuthRequest, refused?: Credential): Promise<Credential | undefined> => {
    const { registry, repository, signal, isLong, workMs } = request;
    const use = { ...defined({ isLong, workMs }) };
    const credential = await credentials.find(repository, {
      signal,
      ...use,
      ...defined({ refused }),
    });
    if (credential !== undefined && !registry.allowsCredentials) throw unprotected(registry);
    const warning = credential && expiryWarning(credential, workMs, clock.now());
    if (warning !== undefined) onWarning(registry.host, warning);
    return credential;
  };

  /** Returns a token for the current credential, or for a new one if the token service rejects it. */
  const bearer = async (request: AuthRequest, challenge: BearerChallenge, refused?: string): Promise<string> => {
    const credential = await find(request);
    if (credential?.kind === "registry-token") return bearerOf(await unlessSent(request, credential, refused));
    try {
      return await tokens(request, challenge, { credential, refused });
    } catch (thrown) {
      if (credential === undefined || !isUnauthenticated(thrown)) throw thrown;
      const other = await find(request, credential);
      if (other === undefined || isSameCredential(other, credential)) throw thrown;
      return tokens(request, challenge, { credential: other, refused });
    }
  };

  /** Returns the registry token, or a new one if this token was just rejected: its source may have renewed it. */
  const unlessSent = async (
    request: AuthRequest,
    credential: Extract<Credential, { kind: "registry-token" }>,
    old: string | undefined,
  ): Promise<Secret> => {
    if (bearerOf(credential.token) !== old) return credential.token;
    const other = await find(request, credential);
    return other?.kind === "registry-token" ? other.token : credential.token;
  };

  /** Requests the challenge of `/v2/` once per host. A failed request may be repeated. */
  const probe = ({ registry, signal }: AuthRequest): Promise<void> =>
    probes(registry.host, signal, async (own) => {
      const challenge = await askForChallenge(egress, registry, own);
      if (challenge === undefined) openHosts.add(registry.host);
      else if (!challenges.has(registry.host)) challenges.set(registry.host, challenge);
    });

  const respond = async (request: AuthRequest, challenge: Challenge, old?: string): Promise<string | undefined> => {
    if (challenge.scheme === "bearer") return bearer(request, challenge, old);
    const credential = await find(request);
    const first = plainAuthorization(credential);
    if (credential === undefined || first === undefined || first !== old) return first;
    return plainAuthorization(await find(request, credential));
  };

  return {
    header: async (request) => {
      const challenge = challenges.get(request.registry.host);
      return challenge === undefined ? undefined : respond(further.added(request), challenge);
    },
    answer: async (request, header, sent) => {
      const { registry } = request;
      const named = header === undefined ? undefined : parseChallenge(header);
      // a gateway may send 401 without a challenge; `/v2/` may have one
      if (named === undefined && !challenges.has(registry.host)) await probe(request);
      const challenge = named ?? (sent === undefined ? challenges.get(registry.host) : undefined);
      if (challenge === undefined) {
        throw new RegistryError({
          code: "UNAUTHENTICATED",
          message: `${registry.host} asks for credentials in a way that is not supported`,
        });
      }
      const isSecond = sent !== undefined && challenges.has(registry.host);
      challenges.set(registry.host, challenge);
      if (isSecond) further.note(request, challenge);
      const answer = await respond(further.added(request), challenge, sent);
      if (answer !== undefined && answer !== sent) return answer;
      throw new RegistryError({
        code: "UNAUTHENTICATED",
        message:
          answer === undefined ? `${registry.host} asks for credentials` : `${registry.host} refused the credentials`,
        hint: await adviseOnRefusal(credentials, request),
      });
    },
    discover: async (request, header) => {
      const { registry, repository, signal } = request;
      const named = header === undefined ? undefined : parseChallenge(header);
      if (named !== undefined && !challenges.has(registry.host)) challenges.set(registry.host, named);
      if (!challenges.has(registry.host)) {
        if (openHosts.has(registry.host)) return undefined;
        // if a helper fails at a host that needs no credentials, the request must not fail: nothing was hidden
        const found = await credentials.find(repository, { signal }).catch((thrown: unknown) => ({ thrown }));
        if (found === undefined) return undefined;
        await probe(request);
      }
      const challenge = challenges.get(registry.host);
      return challenge === undefined ? undefined : respond(request, challenge);
    },
    asksAnew: (request, header) => {
      const asked = header === undefined ? undefined : parseChallenge(header);
      const answered = challenges.get(request.registry.host);
      if (asked === undefined || answered === undefined) return false;
      return !isSameChallenge(asked, answered) || further.areMissing(request, asked);
    },
    refused: async (request, cause) =>
      new RegistryError(
        { ...cause.details, code: "UNAUTHENTICATED", hint: await adviseOnRefusal(credentials, request) },
        { ...cause.facts, isRetryable: false },
        { cause },
      ),
    denied: (request) => adviseOnDenial(credentials, request, challenges.get(request.registry.host)),
  };
}

function plainAuthorization(credential: Credential | undefined): string | undefined {
  if (credential?.kind === "registry-token") return bearerOf(credential.token);
  return credential?.kind === "basic" ? basicAuthorization(credential.username, credential.password) : undefined;
}

function isUnauthenticated(thrown: unknown): boolean {
  return thrown instanceof RegistryError && thrown.code === "UNAUTHENTICATED";
}
