import type { Secret } from "./secret.ts";

/** What proves who we are to one registry, and where it came from, for people: `credHelpers in ~/.docker/config.json`. */
export type Credential = CredentialContent & {
  readonly origin: string;
  /** Until when it is good, as far as its source tells; refused before that, or good for longer, it may be all the same. */
  readonly expiresAt?: Date;
  /** Its source makes a new one whenever it is asked. */
  readonly isRenewed?: true;
};

type CredentialContent =
  | { readonly kind: "basic"; readonly username: string; readonly password: Secret }
  /** An identity (refresh) token of the registry's token service. */
  | { readonly kind: "identity-token"; readonly token: Secret }
  /** A bearer token that the registry takes as it is. */
  | { readonly kind: "registry-token"; readonly token: Secret };

/** The user name with which registries of Google Cloud take an access token. */
export const ACCESS_TOKEN_USER = "oauth2accesstoken";

/** The user names under which helpers and others hand out access tokens. registries.md section 3.2 */
const TOKEN_USER = /^(?:oauth2accesstoken|_dcgcloud_token|_dcgcr_[0-9A-Za-z_]+_token)$/;

/** Whether a registry's user name says that the password is an access token of Google. */
export function isTokenUser(username: string): boolean {
  return TOKEN_USER.test(username);
}

/** Whether two answers of a source are the same credential, or a new one has come in its place. */
export function isSameCredential(one: Credential | undefined, other: Credential | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one === other || (one.kind === other.kind && revealed(one) === revealed(other));
}

function revealed(credential: Credential): string {
  if (credential.kind !== "basic") return credential.token.reveal();
  return `${credential.username}:${credential.password.reveal()}`;
}
