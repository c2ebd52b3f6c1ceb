import { adviceOf } from "../products/credential-advice.ts";
import { DENIED_HINT, RegistryError } from "../http/error.ts";
import type { Credentials } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";

/** Returns the failure of a program that had no credentials to send: if the registry refused it, with the hint to log in. */
export function withLoginAdvice(thrown: unknown, credentials: Credentials, repository: Repository): unknown {
  if (!isRefusal(thrown)) return thrown;
  const hint = adviceOf(credentials, repository, undefined);
  return new RegistryError({ ...thrown.details, hint }, thrown.facts, { cause: thrown });
}

/** Refusals with a hint of their own, such as that of docker's socket, are about something else. */
function isRefusal(thrown: unknown): thrown is RegistryError {
  if (!(thrown instanceof RegistryError)) return false;
  return thrown.code === "UNAUTHENTICATED" || (thrown.code === "DENIED" && thrown.details.hint === DENIED_HINT);
}
