const JWT = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*$/;
const BASE64 = /^[A-Za-z0-9+/]{40,}={0,2}$/;
const MAX_LENGTH = 64 * 1024;
/** JavaScript has no later date. */
const MAX_SECONDS = 8.64e12;

/**
 * When a token ends, where it says so itself: JSON Web Tokens (RFC 7519, `exp`), which several clouds hand out, and the passwords that
 * AWS gives for registries. Nobody checks a signature: whoever wrote it can only be wrong about a note or a renewal.
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
  try {
    const json: unknown = JSON.parse(Buffer.from(text, encoding).toString("utf8"));
    const value = new Map(Object.entries(typeof json === "object" && json !== null ? json : {})).get(name);
    return typeof value === "number" && value > 0 && value <= MAX_SECONDS ? value : undefined;
  } catch {
    return undefined; // a text that only looks like a token
  }
}
