import type { Readable } from "node:stream";
import type { HostSettings } from "../../model/host-settings.ts";
import type { Clock } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import type { Auth } from "./auth.ts";
import type { AuthRequest } from "./auth-request.ts";
import type { Egress, EgressRequest, EgressResponse } from "../../http/egress.ts";
import { onceMore, type RegistryError } from "../../http/error.ts";
import { type GuestTokens, notAnonymous } from "./guest-tokens.ts";
import { registryUrl } from "../../http/origin.ts";
import type { Rate } from "../../http/rate.ts";
import { defined } from "../../model/defined.ts";

/** The credentials of a request, for the registry itself and for one that it redirects to. */
export type Proof = Pick<EgressRequest, "authorization" | "elsewhere">;

type Sendable = {
  readonly repository: Repository;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable;
  readonly signal: AbortSignal;
};

export type Sending = {
  readonly scopes: AuthRequest["scopes"];
  readonly toEgress: (proof: Proof) => EgressRequest;
  /** Called for every response of the registry. */
  readonly onAnswer: (response: EgressResponse) => void;
  readonly toError: (response: EgressResponse) => Promise<RegistryError>;
};

/** Sends one request with authentication. Returns a response of any status except handled challenges. */
export type Sender = (request: Sendable, registry: HostSettings, sending: Sending) => Promise<EgressResponse>;

type Tools = {
  readonly egress: Egress;
  readonly auth: Auth;
  readonly guests: GuestTokens;
  readonly clock: Clock;
  readonly rate: Rate;
};

/** A second challenge is answered only if it differs from the first; a third one never. */
const MAX_ANSWERS = 2;

/**
 * Answers the challenges of the registry, of a registry that it redirects to, and of a registry that hides private content without a
 * challenge. A streamed body cannot be sent again: the challenge is answered for the next attempt, and the error asks the caller to
 * restart.
 */
export function createSender({ egress, auth, guests, clock, rate }: Tools): Sender {
  return async (request, registry, { scopes, toEgress, onAnswer, toError }) => {
    const { repository, signal } = request;
    const isLong = isStream(request.body);
    const bytes = isLong ? Number(request.headers?.["content-length"] ?? 0) : 0;
    const workMs = rate.millisecondsFor(registry.host, bytes);
    const who: AuthRequest = { registry, repository, scopes, isLong, workMs, signal };
    let authorization = await auth.header(who);
    let elsewhere = guests.known(repository);
    let answers = 0;
    let guestAnswers = 0;
    for (;;) {
      const start = clock.monotonic();
      const response = await egress.send(toEgress(defined({ authorization, elsewhere })));
      if (response.status < 300) rate.note(registry.host, bytes, clock.monotonic() - start);
      onAnswer(response);
      const challenge = response.header("www-authenticate");
      if (guests.isAsked(registry, response)) {
        await response.discard();
        guestAnswers += 1;
        if (guestAnswers > MAX_ANSWERS) throw notAnonymous(registry.host, response.url);
        elsewhere = await guests.answer(who, response, elsewhere);
      } else if (response.status === 401) {
        answers += 1;
        if (answers > MAX_ANSWERS || (answers > 1 && !auth.asksAnew(who, challenge))) {
          const refused = await auth.refused(who, await toError(response));
          // slight clock skew makes a new token invalid for a moment
          throw isInvalidToken(challenge) ? onceMore(refused) : refused;
        }
        const error = isLong ? await toError(response) : await response.discard();
        authorization = await auth.answer(who, challenge, authorization);
        if (error !== undefined) throw onceMore(error);
      } else {
        const isHidden = authorization === undefined && mayHide(response, registry);
        const found = isHidden ? await auth.discover(who, challenge) : undefined;
        if (found === undefined) return response;
        if (isLong) throw onceMore(await toError(response));
        await response.discard();
        authorization = found;
      }
    }
  };
}

export function isStream(body: Sendable["body"]): body is Readable {
  return body !== undefined && !(body instanceof Uint8Array);
}

/** Reports whether a registry may have sent this response to hide private content. */
function mayHide({ status, url }: EgressResponse, registry: HostSettings): boolean {
  return (status === 403 || status === 404) && url.origin === registryUrl(registry).origin;
}

/** RFC 6750 section 3.1. A token with insufficient scope is a different error and is not retried. */
function isInvalidToken(challenge: string | undefined): boolean {
  return /\berror="?invalid_token\b/i.test(challenge ?? "");
}
