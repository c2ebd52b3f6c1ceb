import { type Credential, isSameCredential } from "../../model/credential.ts";
import { isAbort } from "../../model/error.ts";
import { usableUntil } from "../../model/lifetime.ts";
import type { Clock, FindOptions } from "../../model/ports.ts";
import { createSingleFlight } from "../../async/single-flight.ts";

/** Queries a source for a key, or returns its previous result. */
export type Renewing = (key: string, options: FindOptions, ask: Ask) => Promise<Credential | undefined>;

export type Ask = (signal: AbortSignal) => Promise<Credential | undefined>;

type Held = {
  readonly obtainedAt: number;
  readonly answer: { readonly credential: Credential | undefined } | { readonly error: unknown };
};

/** A failed source is queried again after this time, as it may work later in a long run. */
const FAILURE_MS = 5 * 60_000;

/**
 * Caches credentials from expensive sources. Concurrent callers share one query. A source is queried again before its credentials expire,
 * when they are older than `maxAgeMs`, and once for each credential that the registry refused.
 */
export function createRenewing(clock: Pick<Clock, "now">, { maxAgeMs = Number.POSITIVE_INFINITY } = {}): Renewing {
  const queries = createSingleFlight<Held>({ keepsResults: true });
  const refusals = new Map<string, Credential>();
  const now = (): number => clock.now().getTime();

  const hold = async (ask: Ask, signal: AbortSignal): Promise<Held> => {
    try {
      return { answer: { credential: await ask(signal) }, obtainedAt: now() };
    } catch (thrown) {
      if (isAbort(thrown) || signal.aborted) throw thrown;
      return { answer: { error: thrown }, obtainedAt: now() };
    }
  };

  const isGood = (key: string, { answer, obtainedAt }: Held, { refused, isLong, workMs }: FindOptions): boolean => {
    const age = now() - obtainedAt;
    if ("error" in answer) return age <= FAILURE_MS;
    const { credential } = answer;
    if (age > maxAgeMs) return false;
    const expiresAt = credential?.expiresAt?.getTime();
    const use = { isLong: isLong ?? false, workMs: workMs ?? 0 };
    if (expiresAt !== undefined && now() >= usableUntil({ obtainedAt, expiresAt }, use)) return false;
    if (refused === undefined || !isSameCredential(credential, refused)) return true;
    if (isSameCredential(refusals.get(key), refused)) return true;
    refusals.set(key, refused);
    return false;
  };

  return async (key, options, ask) => {
    const { answer } = await queries(
      key,
      options.signal,
      (inner) => hold(ask, inner),
      // the query was in progress when this caller came, so another one would return nothing newer
      (held, isFresh) => isFresh || isGood(key, held, options),
    );
    if ("error" in answer) throw answer.error;
    return answer.credential;
  };
}
