import { sign } from "node:crypto";
import { holdSecret, secret } from "../../model/secret.ts";
import { credentialsFailed } from "../source/failure.ts";
import { CLOUD_PLATFORM, type GoogleToken, readGrant } from "./access-token.ts";
import type { ServiceAccountKey } from "./key.ts";
import { formBody, type GoogleSend } from "./send.ts";
import { defined } from "../../model/defined.ts";

export type KeyTokenOptions = {
  readonly send: GoogleSend;
  readonly now: () => Date;
  readonly signal: AbortSignal;
};

/** Token services of the default universe that key files of any age may name. */
const TOKEN_URIS: ReadonlySet<string> = new Set([
  "https://oauth2.googleapis.com/token",
  "https://www.googleapis.com/oauth2/v4/token",
  "https://accounts.google.com/o/oauth2/token",
]);
const LIFETIME_S = 3600;
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/**
 * Returns an access token for a key: exchanged at its token service (RFC 7523), or signed by the key itself outside googleapis.com, as
 * gcloud, docker-credential-gcr and google-auth do. https://google.aip.dev/auth/4111
 */
export async function keyToken(key: ServiceAccountKey, { send, now, signal }: KeyTokenOptions): Promise<GoogleToken> {
  const start = now();
  const { tokenUri } = key;
  if (tokenUri === undefined) {
    const expiresAt = new Date((seconds(start) + LIFETIME_S) * 1000);
    return { token: secret(signed(key, { sub: key.email }, start)), expiresAt };
  }
  const assertion = signed(key, { aud: tokenUri.href }, start);
  holdSecret(assertion);
  const form = formBody({ grant_type: GRANT_TYPE, assertion });
  const answer = await send({ method: "POST", url: tokenUri, ...form, signal });
  const who = `the token service ${tokenUri.host}`;
  const hint = `the key of ${key.email} may be disabled or deleted, or this machine's clock is wrong`;
  return readGrant(answer, { who, now: start, hint });
}

/**
 * Refuses a key with a token service that is not Google's. The file's author would get only a signature made for that service, but must not
 * choose the host that a request goes to.
 * @throws ImgsyncError CREDENTIALS_FAILED
 */
export function checkTokenUri({ tokenUri }: ServiceAccountKey, name: string, trusted: readonly string[]): void {
  if (tokenUri === undefined || TOKEN_URIS.has(tokenUri.href)) return;
  if (tokenUri.protocol === "https:" && trusted.includes(tokenUri.host)) return;
  throw credentialsFailed(`${name} names the token service "${tokenUri.origin}", which is not Google's`, {
    hint: `if this is expected, add "${tokenUri.host}" to trustedRealms of the registry in your own settings`,
  });
}

function signed(key: ServiceAccountKey, more: Readonly<Record<string, string>>, start: Date): string {
  const { email, privateKey, keyId } = key;
  const issued = seconds(start);
  const header = { alg: "RS256", typ: "JWT", ...defined({ kid: keyId }) };
  const claims = { iss: email, ...more, scope: CLOUD_PLATFORM, iat: issued, exp: issued + LIFETIME_S };
  const content = `${base64Url(header)}.${base64Url(claims)}`;
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), privateKey).toString("base64url")}`;
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function base64Url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
