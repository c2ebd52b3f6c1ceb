import type { Credential } from "../model/credential.ts";
import type { Credentials } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import { loginCommandFor, newTokenFor } from "./table.ts";
import type { Universes } from "./universes.ts";

/** Returns what to do after a registry refused a credential, or a request without one. */
export function adviseOn({ host }: Repository, refused: Credential | undefined, universes?: Universes): string {
  if (refused === undefined) return `no credentials were found for ${host}: run ${loginCommandFor(host, universes)}`;
  const { origin } = refused;
  const newToken = newTokenFor(host, refused, universes);
  if (newToken !== undefined) return `the access token from ${origin} was refused: ${newToken}`;
  return `the credentials from ${origin} were refused, or do not cover this repository`;
}

/** The same, by the source of credentials if it knows more. */
export function adviceOf(
  { advise = adviseOn }: Pick<Credentials, "advise">,
  repository: Repository,
  refused: Credential | undefined,
): string {
  return advise(repository, refused);
}
