import { type Credential, isSameCredential } from "../../model/credential.ts";
import type { Cancellable, Credentials } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import { onceMore, RegistryError } from "../../http/error.ts";
import type { Rate } from "../../http/rate.ts";
import { adviceOf } from "../../products/credential-advice.ts";
import { withLoginAdvice } from "../login-advice.ts";
import { classifyRefusalText } from "../../registry/immutability.ts";

export type LoginsOptions = {
  readonly credentials: Credentials;
  /** Says how long a transfer will take. */
  readonly rate: Pick<Rate, "millisecondsFor">;
};

/** A transfer with a registry. */
export type Work = Cancellable & {
  readonly repository: Repository;
  /** At most this many, if known. */
  readonly bytes?: number | undefined;
  /** Reports whether this attempt has moved something that the next one need not move again. */
  readonly hasProgress?: () => boolean;
};

/**
 * Runs one attempt of a transfer with a credential that lasts until its end, if its source has such a one. If the registry refuses the
 * credential and the source has another, the error asks for one more attempt, or for as many as any failure gets if there is progress: large
 * images can outlast several credentials.
 */
export type Logins = <T>(work: Work, attempt: (credential: Credential | undefined) => Promise<T>) => Promise<T>;

/** A program keeps its credential for a whole transfer, so only a new attempt can use another. */
export function createLogins({ credentials, rate }: LoginsOptions): Logins {
  return async ({ repository, bytes = 0, hasProgress = () => false, signal }, attempt) => {
    const use = { signal, isLong: true, workMs: rate.millisecondsFor(repository.host, bytes) };
    const credential = await credentials.find(repository, use);
    try {
      return await attempt(credential);
    } catch (thrown) {
      if (credential === undefined) throw withLoginAdvice(thrown, credentials, repository);
      if (!(thrown instanceof RegistryError) || !mayBeRefusal(thrown)) throw thrown;
      // a source that fails now is no better than one that has no other credential
      const other = await credentials.find(repository, { ...use, refused: credential }).catch(() => undefined);
      signal.throwIfAborted();
      if (other === undefined || isSameCredential(other, credential))
        throw withHint(thrown, adviceOf(credentials, repository, credential));
      throw hasProgress()
        ? new RegistryError(thrown.details, { ...thrown.facts, isRetryable: true })
        : onceMore(thrown);
    }
  };
}

/** Docker 28.5 leaves out the registry's code: what it reports in words of the registry alone may be a refused credential too. */
function mayBeRefusal({ code, message, facts }: RegistryError): boolean {
  if (code === "UNAUTHENTICATED") return true;
  const isUnclear = code === "REGISTRY_ERROR" && /\berror from registry: /.test(message);
  return isUnclear && facts.isRetryable !== true && classifyRefusalText(message) === undefined;
}

function withHint(error: RegistryError, hint: string): RegistryError {
  if (error.code !== "UNAUTHENTICATED") return error;
  return new RegistryError({ ...error.details, hint: error.details.hint ?? hint }, error.facts, { cause: error });
}
