import { type Credential, isSameCredential } from "../../model/credential.ts";
import type { Cancellable, Credentials } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import { onceMore, RegistryError } from "../../http/error.ts";
import type { Rate } from "../../http/rate.ts";

export type LoginsOptions = {
  readonly credentials: Credentials;
  /** Says how long a transfer will take. */
  readonly rate: Pick<Rate, "millisecondsFor">;
};

/** A transfer with a registry. `bytes`: at most this many, if known. */
export type Work = Cancellable & { readonly repository: Repository; readonly bytes?: number | undefined };

/**
 * Runs one attempt of a transfer with a credential that lasts until its end, if its source has such a one. If the registry refuses the credential
 * and the source has another, the error asks for one more attempt.
 */
export type Logins = <T>(work: Work, attempt: (credential: Credential | undefined) => Promise<T>) => Promise<T>;

/** A program keeps its credential for a whole transfer, so only a new attempt can use another. */
export function createLogins({ credentials, rate }: LoginsOptions): Logins {
  return async ({ repository, bytes = 0, signal }, attempt) => {
    const use = { signal, isLong: true, workMs: rate.millisecondsFor(repository.host, bytes) };
    const credential = await credentials.find(repository, use);
    try {
      return await attempt(credential);
    } catch (thrown) {
      if (!(thrown instanceof RegistryError) || thrown.code !== "UNAUTHENTICATED") throw thrown;
      if (credential === undefined)
        throw withHint(thrown, `no credentials were found for ${repository.host}: docker login ${repository.host}`);
      // a source that fails now is no better than one that has no other credential
      const other = await credentials.find(repository, { ...use, refused: credential }).catch(() => undefined);
      signal.throwIfAborted();
      if (other !== undefined && !isSameCredential(other, credential)) throw onceMore(thrown);
      throw withHint(thrown, `the credentials from ${credential.origin} were refused, or do not cover this repository`);
    }
  };
}

function withHint({ details, facts }: RegistryError, hint: string): RegistryError {
  return new RegistryError({ ...details, hint: details.hint ?? hint }, facts);
}
