import { type Secret, secret } from "../../model/secret.ts";
import { credentialsFailed } from "../source/failure.ts";
import { parseObject } from "../../model/json.ts";
import type { GoogleAnswer } from "./send.ts";

/** An access token and its expiry. */
export type GoogleToken = { readonly token: Secret; readonly expiresAt: Date };

/** The scope with all permissions of the account, which registries and their REST API require. */
export const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";

const TOKEN = /^[\x21-\x7e]{1,16384}$/;
const WORD = /^[A-Za-z][A-Za-z0-9_]{0,60}$/;

/**
 * Parses `{"access_token","expires_in"}` of a token service or the metadata server.
 * @throws ImgsyncError CREDENTIALS_FAILED
 */
export function readGrant(
  answer: GoogleAnswer,
  { who, now, hint }: { who: string; now: Date; hint: string },
): GoogleToken {
  if (answer.status !== 200) throw refusal(answer, { who, hint });
  const grant = parseObject(answer.text);
  const token = grant?.get("access_token");
  const seconds = grant?.get("expires_in");
  if (typeof token !== "string" || !TOKEN.test(token) || typeof seconds !== "number" || !(seconds > 0)) {
    throw credentialsFailed(`${who} answered without an access token and its expiry`, { hint });
  }
  return { token: secret(token), expiresAt: new Date(now.getTime() + seconds * 1000) };
}

/**
 * Parses `{"accessToken","expireTime"}` of the IAM Credentials API.
 * @throws ImgsyncError CREDENTIALS_FAILED
 */
export function readGenerated(answer: GoogleAnswer, { who, hint }: { who: string; hint: string }): GoogleToken {
  if (answer.status !== 200) throw refusal(answer, { who, hint });
  const generated = parseObject(answer.text);
  const token = generated?.get("accessToken");
  const expiresAt = new Date(String(generated?.get("expireTime")));
  if (typeof token !== "string" || !TOKEN.test(token) || Number.isNaN(expiresAt.getTime())) {
    throw credentialsFailed(`${who} answered without an access token and its expiry`, { hint });
  }
  return { token: secret(token), expiresAt };
}

/** The error for a refusal. It contains only the response's error code, as the message may repeat the request. */
function refusal({ status, text }: GoogleAnswer, { who, hint }: { who: string; hint: string }): Error {
  const word = errorCodeOf(text);
  return credentialsFailed(`${who} answered ${status}${word === undefined ? "" : ` (${word})`}`, { hint });
}

/** Returns the error code: `invalid_grant` for OAuth (RFC 6749 section 5.2), `PERMISSION_DENIED` for Google's APIs. */
function errorCodeOf(text: string): string | undefined {
  const error = parseObject(text)?.get("error");
  const status = typeof error === "object" && error !== null && "status" in error ? error.status : error;
  return typeof status === "string" && WORD.test(status) ? status : undefined;
}
