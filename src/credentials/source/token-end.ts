import { memberOf, tryParseJson } from "../../model/json.ts";

const JWT = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*$/;
const BASE64 = /^[A-Za-z0-9+/]{40,}={0,2}$/;
const MAX_LENGTH = 64 * 1024;
/** The latest date that JavaScript can represent. */
const MAX_SECONDS = 8.64e12;

/**
 * Returns the expiry that a token contains: JSON Web Tokens (RFC 7519, `exp`), which several clouds issue, and registry passwords of AWS.
 * The signature is not verified: a forged expiry can only affect a note or a renewal.
 */
export function endOfToken(text: string): { readonly expiresAt?: Date } {
  if (text.length > MAX_LENGTH) return {};
  const payload = JWT.exec(text)?.[1];
  const seconds =
    payload === undefined
      ? BASE64.test(text)
        ? numberIn(text, "base64", "expiration")
        : undefined
      : numberIn(payload, "base64url", "exp");
  return seconds === undefined ? {} : { expiresAt: new Date(seconds * 1000) };
}

function numberIn(text: string, encoding: "base64" | "base64url", name: string): number | undefined {
  const value = memberOf(tryParseJson(Buffer.from(text, encoding)), name);
  return typeof value === "number" && value > 0 && value <= MAX_SECONDS ? value : undefined;
}
