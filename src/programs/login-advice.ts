import { adviceOf } from "../products/credential-advice.ts";
import { DENIED_HINT, RegistryError } from "../http/error.ts";
import type { Cancellable, Credentials } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";

/** Runs a program for one repository. If the registry refuses it, and there were no credentials to pass on, the error says so. */
export async function withLoginAdvice<T>(
  work: () => Promise<T>,
  {
    credentials,
    repository,
    signal,
  }: Cancellable & { readonly credentials: Credentials; readonly repository: Repository },
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (signal.aborted || !isRefusal(thrown)) throw thrown;
    if ((await credentials.find(repository, { signal })) !== undefined) throw thrown;
    const hint = adviceOf(credentials, repository, undefined);
    throw new RegistryError({ ...thrown.details, hint }, thrown.facts, { cause: thrown });
  }
}

/** Refusals with a hint of their own, such as that of docker's socket, are about something else. */
function isRefusal(thrown: unknown): thrown is RegistryError {
  if (!(thrown instanceof RegistryError)) return false;
  return thrown.code === "UNAUTHENTICATED" || (thrown.code === "DENIED" && thrown.details.hint === DENIED_HINT);
}
