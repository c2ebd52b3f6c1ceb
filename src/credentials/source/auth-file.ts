import { asObject } from "../../model/json.ts";
import type { Credential, KeptIn } from "../../model/credential.ts";
import { normaliseHost } from "../../model/reference.ts";
import { type Secret, secret } from "../../model/secret.ts";
import { readTextFile } from "../../files/read-text-file.ts";
import { credentialsFailed } from "./failure.ts";
import { cleanLogin } from "./login-text.ts";
import { endOfToken } from "./token-end.ts";
import { defined } from "../../model/defined.ts";

/** The common part of Docker's config.json and containers' auth.json. Keys are untrusted, hence Maps. */
export type AuthFile = {
  readonly auths: ReadonlyMap<string, AuthEntry>;
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore?: string;
};

export type AuthEntry = ReadonlyMap<string, unknown>;

/** A credential file and its display name: `~/.docker/config.json`. */
export type NamedFile = { readonly path: string; readonly name: string };

const MAX_BYTES = 4 * 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Reads a file, or returns undefined if it does not exist. Errors contain nothing of its content. */
export async function readAuthFile({ path, name }: NamedFile): Promise<AuthFile | undefined> {
  const read = await readTextFile(path, MAX_BYTES);
  if (!("problem" in read)) return parseAuthFile(read.text, name);
  if (read.isMissing) return undefined;
  throw credentialsFailed(`${name} ${read.problem}`, { hint: "credentials are read from it: repair or remove it" });
}

/** The same for text from another source; `name` identifies it in errors. */
export function parseAuthFile(text: string, name: string): AuthFile {
  const json = text.trim() === "" ? new Map<string, unknown>() : parseObject(text, name);
  const credsStore = json.get("credsStore");
  return {
    // like Go's decoder: null is an entry without credentials, or an empty helper name
    auths: mapOf(json.get("auths"), name, "auths", (entry) => asObject(entry ?? {})),
    credHelpers: mapOf(json.get("credHelpers"), name, "credHelpers", (helper) => toText(helper ?? "")),
    ...defined({ credsStore: typeof credsStore === "string" && credsStore !== "" ? credsStore : undefined }),
  };
}

/** An entry of `auths` by its key, the display name of its file, and the program whose login writes that file. */
export type EntryPlace = {
  readonly key: string;
  readonly name: string;
  readonly program?: "docker" | "podman" | undefined;
};

/** Returns the credential in an entry of `auths`, or undefined if it has none, as after a login with a helper. */
export function entryCredential(entry: AuthEntry, { key, name, program }: EntryPlace): Credential | undefined {
  const origin = `auths in ${name}`;
  const kept: KeptIn | undefined = program === undefined ? undefined : { kind: "login", program };
  const place = { origin, ...defined({ kept }) };
  const field = (field: string): string => toText(entry.get(field)) ?? "";
  const token = (kind: "registry-token" | "identity-token", text: string): Credential => {
    return { kind, token: secret(text), origin, ...endOfToken(text) };
  };
  if (field("registrytoken") !== "") return token("registry-token", field("registrytoken"));
  if (field("identitytoken") !== "") return token("identity-token", field("identitytoken"));
  if (field("auth") !== "") return { kind: "basic", ...decodeAuth(field("auth"), { key, name }), ...place };
  if (field("username") === "" || field("password") === "") return undefined;
  return { kind: "basic", ...loginOf(field("username"), field("password")), ...place };
}

/** Returns the host of a key: H for both `https://H/v1/` and `H`. Undefined for a key with a namespace. */
export function hostOfKey(key: string): string | undefined {
  const bare = key.replace(/^https?:\/\//, "");
  const isUrl = bare !== key;
  const slash = bare.indexOf("/");
  if (slash < 0) return normaliseHost(bare);
  const isApiPath = /^\/(?:v[12]\/?)?$/.test(bare.slice(slash));
  return isUrl || isApiPath ? normaliseHost(bare.slice(0, slash)) : undefined;
}

function decodeAuth(
  text: string,
  { key, name }: { key: string; name: string },
): { username: string; password: Secret; expiresAt?: Date } {
  const encoded = text.replaceAll(/\s/g, "");
  const decoded = BASE64.test(encoded) ? Buffer.from(encoded, "base64").toString("utf8") : "";
  const colon = decoded.indexOf(":");
  if (colon > 0) {
    // docker pads the encoded text with NUL
    return loginOf(decoded.slice(0, colon), decoded.slice(colon + 1).replace(/\0+$/, ""));
  }
  throw credentialsFailed(`auth of "${key}" in ${name} is not USER:PASSWORD in base64`, {
    host: key,
    hint: "log in again",
  });
}

function loginOf(user: string, text: string): { username: string; password: Secret; expiresAt?: Date } {
  const { username, password } = cleanLogin(user, text);
  return { username, password: secret(password), ...endOfToken(password) };
}

function parseObject(text: string, name: string): ReadonlyMap<string, unknown> {
  const object = asObject(parseJson(text, name) ?? {});
  if (object !== undefined) return object;
  throw credentialsFailed(`${name} is not a JSON object`, {
    hint: "credentials are read from it: repair or remove it",
  });
}

/** Errors contain only the position: the parser's message quotes the file, and so would the cause. */
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (thrown) {
    const place = /line (\d+) column (\d+)/.exec(thrown instanceof Error ? thrown.message : "");
    const where = place === null ? "" : ` (line ${place[1]}, column ${place[2]})`;
    throw credentialsFailed(`${name} is not valid JSON${where}`, {
      hint: "credentials are read from it: repair or remove it",
    });
  }
}

function mapOf<T>(
  value: unknown,
  name: string,
  key: string,
  convert: (value: unknown) => T | undefined,
): Map<string, T> {
  const map = new Map<string, T>();
  if (value === undefined || value === null) return map;
  const entries = asObject(value);
  if (entries === undefined) {
    throw credentialsFailed(`${key} in ${name} is not an object`, { hint: "repair or remove it" });
  }
  for (const [entry, content] of entries) {
    const converted = convert(content);
    if (converted === undefined) {
      throw credentialsFailed(`"${entry}" of ${key} in ${name} has the wrong type`, { hint: "repair or remove it" });
    }
    map.set(entry, converted);
  }
  return map;
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
