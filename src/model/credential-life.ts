import { type Credential, isTokenUser } from "./credential.ts";

/** How long what proves who we are to a registry still serves. Without any secret. */
export type CredentialLife = {
  readonly origin: string;
  readonly milliseconds: number;
  /** Nobody tells its end: it is this, or less. */
  readonly isAtMost: boolean;
  /** There will be a new one before its end. */
  readonly isRenewed: boolean;
  readonly isAccessToken: boolean;
};

/** How long an access token of Google lives. */
export const ACCESS_TOKEN_MS = 3_600_000;

/** Undefined: no end is known of it, nor of its kind. */
export function lifeOf(credential: Credential, now: Date): CredentialLife | undefined {
  const { origin, expiresAt, isRenewed = false } = credential;
  const isAccessToken = credential.kind === "basic" && isTokenUser(credential.username);
  if (expiresAt === undefined && !isAccessToken) return undefined;
  const milliseconds = expiresAt === undefined ? ACCESS_TOKEN_MS : expiresAt.getTime() - now.getTime();
  return { origin, milliseconds, isAtMost: expiresAt === undefined, isRenewed, isAccessToken };
}
