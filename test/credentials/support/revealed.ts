import type { Credential } from "../../../src/model/credential.ts";

/** A credential with its secret as text, so that tests can compare it. */
export function revealed(credential: Credential | undefined): Readonly<Record<string, string>> | undefined {
  if (credential === undefined) return undefined;
  const { kind, origin } = credential;
  if (credential.kind !== "basic") return { kind, origin, token: credential.token.reveal() };
  return { kind, origin, username: credential.username, password: credential.password.reveal() };
}
