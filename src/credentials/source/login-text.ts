import { isTokenUser } from "../../model/credential.ts";

/** A user name and a password as they are sent. */
export type Login = { readonly username: string; readonly password: string };

/** A key file as a password, and its JSON. */
export type KeyText = Login & { readonly json: string };

const JSON_KEY = "_json_key";
const BASE64_KEY = "_json_key_base64";
const MARK = "\uFEFF";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Returns a login without what files, pipes, editors and secret stores add to it: a byte-order mark, line ends at the end, spaces around a
 * token, line breaks in base64. A service account's key gets the user name of its form. Registries refuse all of these otherwise.
 */
export function cleanLogin(username: string, password: string): Login {
  const user = username.trim();
  if (isKeyUser(user)) {
    const { username: form, password: key } = decodeKey(password);
    return { username: form, password: key };
  }
  if (isTokenUser(user)) return { username: user, password: cleanToken(password) };
  // other passwords may begin or end with a space
  return { username: user, password: password.replace(/^\uFEFF/, "").replace(/[\r\n]+$/, "") };
}

/** Returns a token without anything around it. */
export function cleanToken(token: string): string {
  return token.trim();
}

/** Returns the JSON of a service account's key, plain or in base64, with the form in which it is a password. */
export function decodeKey(text: string): KeyText {
  const trimmed = text.trim();
  const compact = trimmed.replaceAll(/\s/g, "");
  if (trimmed.startsWith("{") || !BASE64.test(compact)) {
    return { json: trimmed, username: JSON_KEY, password: trimmed };
  }
  const decoded = Buffer.from(compact, "base64").toString("utf8");
  const json = decoded.trim();
  // the registry would not parse a byte-order mark inside
  const password = decoded.startsWith(MARK) ? Buffer.from(json).toString("base64") : compact;
  return { json, username: BASE64_KEY, password };
}

/** Whether a user name means that the password is a key. */
export function isKeyUser(username: string): boolean {
  return username === JSON_KEY || username === BASE64_KEY;
}
