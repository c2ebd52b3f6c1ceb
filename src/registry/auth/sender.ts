import type { Readable } from "node:stream";
import type { HostSettings } from "../../model/host-settings.ts";
import type { Clock } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import type { Auth, AuthRequest } from "./auth.ts";
import type { Egress, EgressRequest, EgressResponse } from "../../http/egress.ts";
import { onceMore, type RegistryError } from "../../http/error.ts";
import { type GuestTokens, notAnonymous } from "./guest-tokens.ts";
import { registryUrl } from "../../http/origin.ts";
import type { Rate } from "../../http/rate.ts";

/** What a request shows of us: to the registry itself, and to the one that it redirects to. */
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
  /** Called for every answer of the registry. */
  readonly onAnswer: (response: EgressResponse) => void;
  readonly toError: (response: EgressResponse) => Promise<RegistryError>;
};

/** Sends one request with what it takes to be let in. The answer may have any status but those that asked for credentials. */
export type Sender = (request: Sendable, registry: HostSettings, sending: Sending) => Promise<EgressResponse>;

type Tools = {
  readonly egress: Egress;
  readonly auth: Auth;
  readonly guests: GuestTokens;
  readonly clock: Clock;
  readonly rate: Rate;
};

/** A second challenge that differs from the first is answered too; a third one never is. */
const MAX_ANSWERS = 2;

/**
 * Answers challenges: the registry's own, that of a registry that it redirects to, and the one that a registry keeps to itself
 * when it hides from anonymous readers what exists. A body that streams is gone after the first try: then the challenge is
 * prepared for, and the error says to begin again.
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
      const response = await egress.send(
        toEgress({
          ...(authorization === undefined ? {} : { authorization }),
          ...(elsewhere === undefined ? {} : { elsewhere }),
        }),
      );
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
          // a clock that differs a little makes a brand-new token invalid for a moment
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

/** What a registry may say of content that only others may see. */
function mayHide({ status, url }: EgressResponse, registry: HostSettings): boolean {
  return (status === 403 || status === 404) && url.origin === registryUrl(registry).origin;
}

/** RFC 6750, section 3.1; a token with too little access is another error and stays one. */
function isInvalidToken(challenge: string | undefined): boolean {
  return /\berror="?invalid_token\b/i.test(challenge ?? "");
}
