import { RegistryError } from "./error.ts";
import { REFUSALS } from "./limits.ts";

/** Requests of one kind, such as all HEADs of manifests to one host, that are refused for load. */
export type Refusals = {
  /** @throws RegistryError RATE_LIMITED if there is no use in asking now */
  readonly check: (now: number) => void;
  readonly noteRefusal: (now: number) => void;
  /** Any other answer. */
  readonly noteAnswer: () => void;
};

/**
 * Retries that a registry asks for do not count against the retry budget, so a registry that refuses everything would make each of thousands
 * of tags wait. After some time without any other answer, requests fail at once, and one of them now and then is sent to find out.
 */
export function createRefusals(host: string, what: string): Refusals {
  let refused: { readonly since: number; readonly last: number } | undefined;
  let askAgainAt = 0;
  /** Nothing is known of a time without requests. */
  const sinceWhen = (now: number): number | undefined =>
    refused === undefined || now - refused.last > REFUSALS.quietMs ? undefined : refused.since;
  return {
    check: (now) => {
      if (now - (sinceWhen(now) ?? now) < REFUSALS.spanMs) return;
      if (now < askAgainAt) throw givenUp(host, what);
      askAgainAt = now + REFUSALS.openMs;
    },
    noteRefusal: (now) => void (refused = { since: sinceWhen(now) ?? now, last: now }),
    noteAnswer: () => void (refused = undefined),
  };
}

function givenUp(host: string, what: string): RegistryError {
  return new RegistryError({
    code: "RATE_LIMITED",
    message: `${host} has answered only 429 or 503 to ${what} for ${REFUSALS.spanMs / 60_000} minutes`,
    hint: "run again when the registry accepts requests; what is done is kept",
  });
}
