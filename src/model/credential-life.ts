import { type Credential, isTokenUser } from "./credential.ts";

/** How long what proves who we are to a registry still serves. Without any secret. */
export type CredentialLife = {
  /** Without the folders of this machine: plans are shown to others. */
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

const ABSOLUTE_FOLDERS = /(?<!\S)\/(?:[^\s/]*\/)*/g;

/** Undefined: no end is known of it, nor of its kind. */
export function lifeOf(credential: Credential, now: Date): CredentialLife | undefined {
  const { expiresAt, isRenewed = false } = credential;
  const origin = credential.origin.replaceAll(ABSOLUTE_FOLDERS, "");
  const isAccessToken = credential.kind === "basic" && isTokenUser(credential.username);
  if (expiresAt === undefined && !isAccessToken) return undefined;
  const milliseconds = expiresAt === undefined ? ACCESS_TOKEN_MS : expiresAt.getTime() - now.getTime();
  return { origin, milliseconds, isAtMost: expiresAt === undefined, isRenewed, isAccessToken };
}
