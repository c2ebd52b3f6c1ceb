import { type Credential, isTokenUser } from "./credential.ts";
import { lastsFor } from "./lifetime.ts";

/** The remaining lifetime of a registry credential. Contains no secret. */
export type CredentialLife = {
  /** Without the folders of this machine, because plans are shared. */
  readonly origin: string;
  readonly milliseconds: number;
  /** The expiry is unknown: `milliseconds` is an upper bound. */
  readonly isAtMost: boolean;
  /** The source issues a new credential before this one expires. */
  readonly isRenewed: boolean;
  readonly isAccessToken: boolean;
};

/** The lifetime of a Google access token. */
export const ACCESS_TOKEN_MS = 3_600_000;

const ABSOLUTE_FOLDERS = /(?<!\S)\/(?:[^\s/]*\/)*/g;

/** Returns undefined if the expiry is unknown and the kind of credential has no typical lifetime. */
export function lifeOf(credential: Credential, now: Date): CredentialLife | undefined {
  const { expiresAt, isRenewed = false } = credential;
  const origin = credential.origin.replaceAll(ABSOLUTE_FOLDERS, "");
  const isAccessToken = credential.kind === "basic" && isTokenUser(credential.username);
  if (expiresAt === undefined && !isAccessToken) return undefined;
  const milliseconds = expiresAt === undefined ? ACCESS_TOKEN_MS : expiresAt.getTime() - now.getTime();
  return { origin, milliseconds, isAtMost: expiresAt === undefined, isRenewed, isAccessToken };
}

/** Returns a warning if the credential expires before work of this length is done, even if it starts now. */
export function expiryWarning(credential: Credential, workMs: number | undefined, now: Date): string | undefined {
  const life = lifeOf(credential, now);
  if (life === undefined || workMs === undefined || workMs <= 0 || lastsFor(life.milliseconds, workMs))
    return undefined;
  const { isAccessToken } = life;
  const what = isAccessToken ? "the access token lives" : "the credentials live";
  const warning = `at the present rate an upload takes longer than ${what}: the registry may refuse it at its end`;
  return isAccessToken ? `${warning}. A service account's key (auth: { keyFile: FILE }) does not expire` : warning;
}
