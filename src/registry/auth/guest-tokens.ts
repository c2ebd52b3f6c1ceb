import type { HostSettings } from "../../model/host-settings.ts";
import type { Clock } from "../../model/ports.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import { parseChallenge } from "./challenge.ts";
import type { Egress, EgressRequest, EgressResponse } from "../../http/egress.ts";
import { RegistryError } from "../../http/error.ts";
import { registryUrl } from "../../http/origin.ts";
import { fetchToken } from "./token.ts";

/** Credentials for another registry that this one redirects reads to. */
export type GuestToken = NonNullable<EgressRequest["elsewhere"]>;

export type GuestTokenRequest = {
  readonly registry: HostSettings;
  readonly repository: Repository;
  readonly signal: AbortSignal;
};

/**
 * Anonymous tokens for registries behind another name, such as lscr.io. They are requested without credentials, for the scope in the
 * challenge, and sent only to the origin that asked for them.
 */
export type GuestTokens = {
  /** Returns the unexpired token from the last redirect of this repository. */
  readonly known: (repository: Repository) => GuestToken | undefined;
  /** Reports whether a response is another registry's token challenge. */
  readonly isAsked: (registry: HostSettings, response: EgressResponse) => boolean;
  /**
   * Returns a token for the challenge, replacing the one that was sent.
   * @throws RegistryError UNAUTHENTICATED if the other registry does not accept an anonymous token
   */
  readonly answer: (
    request: GuestTokenRequest,
    response: EgressResponse,
    sent: GuestToken | undefined,
  ) => Promise<GuestToken>;
};

type Stored = { readonly token: GuestToken; readonly expiresAt: number };

export function createGuestTokens({ egress, clock }: { readonly egress: Egress; readonly clock: Clock }): GuestTokens {
  const tokens = new Map<string, Stored>();
  const known = (repository: Repository): GuestToken | undefined => {
    const stored = tokens.get(formatRepository(repository));
    return stored !== undefined && stored.expiresAt > clock.monotonic() ? stored.token : undefined;
  };
  return {
    known,
    isAsked: (registry, { status, url }) => status === 401 && url.origin !== registryUrl(registry).origin,
    answer: async ({ registry, repository, signal }, response, sent) => {
      const { origin } = response.url;
      const other = known(repository);
      if (other !== undefined && other !== sent && other.origin === origin) return other;
      const challenge = parseChallenge(response.header("www-authenticate") ?? "");
      if (challenge?.scheme !== "bearer") throw notAnonymous(registry.host, response.url);
      const scopes = (challenge.scope ?? `repository:${repository.path}:pull`).split(" ");
      const askedAt = clock.monotonic();
      const advice = elsewhereHint(registry.host, response.url);
      const fetched = await fetchToken(egress, { registry, challenge, scopes, credential: undefined, advice, signal });
      const token = { origin, authorization: `Bearer ${fetched.value.reveal()}` };
      tokens.set(formatRepository(repository), { token, expiresAt: askedAt + fetched.lifetimeMs });
      return token;
    },
  };
}

/** The error for a registry that rejects the anonymous token that it issued. */
export function notAnonymous(host: string, url: URL): RegistryError {
  return new RegistryError({
    code: "UNAUTHENTICATED",
    message: `${host} redirects to ${url.host}, which does not serve anonymous readers`,
    hint: elsewhereHint(host, url),
  });
}

function elsewhereHint(host: string, { host: other }: URL): string {
  return `credentials for ${host} are never sent to ${other}: name ${other} itself as the source, with credentials of its own`;
}
