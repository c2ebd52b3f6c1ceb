import type { Secret } from "./secret.ts";

/** A credential for one registry. `origin` says where it came from, for people: `credHelpers in ~/.docker/config.json`. */
export type Credential = CredentialContent & {
  readonly origin: string;
  /** The expiry, according to the source. The registry may refuse the credential earlier or accept it longer. */
  readonly expiresAt?: Date;
  /** The source can issue a new credential at any time. */
  readonly isRenewed?: true;
  /** The e-mail address of the account, if the source knows it. */
  readonly account?: string;
  /** Where a person puts a new password. */
  readonly kept?: KeptIn;
};

/** An environment variable, or the file that this program's `login` writes. */
export type KeptIn =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "login"; readonly program: "docker" | "podman" };

type CredentialContent =
  | { readonly kind: "basic"; readonly username: string; readonly password: Secret }
  /** An identity (refresh) token of the registry's token service. */
  | { readonly kind: "identity-token"; readonly token: Secret }
  /** A bearer token that the registry accepts as it is. */
  | { readonly kind: "registry-token"; readonly token: Secret };

/** The user name for access tokens at registries of Google Cloud. */
export const ACCESS_TOKEN_USER = "oauth2accesstoken";

/** The user names under which helpers and other tools return access tokens. registries.md section 3.2 */
const TOKEN_USER = /^(?:oauth2accesstoken|_dcgcloud_token|_dcgcr_[0-9A-Za-z_]+_token)$/;

/** Whether the user name means that the password is a Google access token. */
export function isTokenUser(username: string): boolean {
  return TOKEN_USER.test(username);
}

/** Whether two answers of a source are the same credential. */
export function isSameCredential(one: Credential | undefined, other: Credential | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one === other || (one.kind === other.kind && revealed(one) === revealed(other));
}

function revealed(credential: Credential): string {
  if (credential.kind !== "basic") return credential.token.reveal();
  return `${credential.username}:${credential.password.reveal()}`;
}
