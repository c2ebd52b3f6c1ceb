import { createPrivateKey, type KeyObject } from "node:crypto";
import { holdSecret, type Secret, secret } from "../../model/secret.ts";
import { credentialsFailed } from "../source/failure.ts";
import { parseObject, textAt } from "./json.ts";
import { defined } from "../../model/defined.ts";

/** A service account key. */
export type ServiceAccountKey = {
  readonly email: string;
  readonly privateKey: KeyObject;
  readonly keyId?: string;
  readonly tokenUri: URL;
  /** The domain of the key's Google Cloud universe: `googleapis.com`. */
  readonly universe: string;
};

/** A key, and the user name and password that registries accept for it. */
export type KeyFile = { readonly key: ServiceAccountKey; readonly username: string; readonly password: Secret };

export const DEFAULT_UNIVERSE = "googleapis.com";

const JSON_KEY = "_json_key";
const BASE64_KEY = "_json_key_base64";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const OTHER_KINDS: ReadonlyMap<string, string> = new Map([
  [
    "authorized_user",
    "it is a user's login: write auth: { applicationDefault: true }, and name it in GOOGLE_APPLICATION_CREDENTIALS",
  ],
  [
    "external_account",
    "it points to other services and files: write auth: { applicationDefault: true }, and name it in GOOGLE_APPLICATION_CREDENTIALS",
  ],
  ["impersonated_service_account", "write auth: { applicationDefault: true, impersonate: ACCOUNT } instead"],
]);

/**
 * Parses a key file, plain or in base64. `name` identifies the file in errors, which contain nothing of its content.
 * @throws ImgsyncError CREDENTIALS_FAILED
 */
export function parseKeyFile(text: string, name: string): KeyFile {
  const trimmed = text.trim();
  const compact = trimmed.replaceAll(/\s/g, "");
  if (!trimmed.startsWith("{") && BASE64.test(compact)) {
    const key = parseKey(Buffer.from(compact, "base64").toString("utf8"), name);
    return { key, username: BASE64_KEY, password: secret(compact) };
  }
  return { key: parseKey(trimmed, name), username: JSON_KEY, password: secret(trimmed) };
}

/** Returns the key in a registry's user name and password, or undefined if they are not a key. */
export function keyOfLogin(username: string, password: Secret, name: string): ServiceAccountKey | undefined {
  return username === JSON_KEY || username === BASE64_KEY ? parseKeyFile(password.reveal(), name).key : undefined;
}

/** @throws ImgsyncError CREDENTIALS_FAILED */
export function readKey(object: ReadonlyMap<string, unknown>, name: string): ServiceAccountKey {
  const email = textAt(object, "client_email");
  const pem = textAt(object, "private_key");
  const keyId = textAt(object, "private_key_id");
  const privateKey = pem === undefined ? undefined : tryPrivateKey(pem);
  const tokenUri = textAt(object, "token_uri") ?? `https://oauth2.${DEFAULT_UNIVERSE}/token`;
  if (pem !== undefined) holdSecret(pem);
  if (email === undefined || privateKey === undefined || !URL.canParse(tokenUri)) throw notAKey(name);
  return {
    email,
    privateKey,
    ...defined({ keyId }),
    tokenUri: new URL(tokenUri),
    universe: textAt(object, "universe_domain") ?? DEFAULT_UNIVERSE,
  };
}

function parseKey(text: string, name: string): ServiceAccountKey {
  const object = parseObject(text);
  if (object === undefined) throw notAKey(name);
  const type = textAt(object, "type");
  if (type === "service_account") return readKey(object, name);
  const hint = OTHER_KINDS.get(type ?? "");
  if (type === undefined || hint === undefined) throw notAKey(name);
  throw credentialsFailed(`${name} is of the kind "${type}", not the key of a service account`, { hint });
}

function tryPrivateKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === "rsa" ? key : undefined;
  } catch {
    return undefined; // the error may quote the key
  }
}

function notAKey(name: string): Error {
  return credentialsFailed(`${name} is not the key of a service account`, {
    hint: "use the JSON file that Google Cloud issued, or that file in base64",
  });
}
