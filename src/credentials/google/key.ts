import { createPrivateKey, type KeyObject } from "node:crypto";
import { holdSecret, type Secret, secret } from "../../model/secret.ts";
import { credentialsFailed } from "../source/failure.ts";
import { decodeKey, isKeyUser } from "../source/login-text.ts";
import { parseObject, textIn } from "../../model/json.ts";
import { DEFAULT_UNIVERSE, universeDomainIn } from "./universe.ts";
import { defined } from "../../model/defined.ts";

/** A service account key. */
export type ServiceAccountKey = {
  readonly email: string;
  readonly privateKey: KeyObject;
  readonly keyId?: string;
  /**
   * The token service that exchanges the key. Undefined outside googleapis.com: such keys sign their own tokens, whatever `token_uri` says,
   * which in files of other universes names Google's service.
   */
  readonly tokenUri: URL | undefined;
  /** The domain of the key's Google Cloud universe: `googleapis.com`. */
  readonly universe: string;
};

/** A key, and the user name and password that registries accept for it. */
export type KeyFile = { readonly key: ServiceAccountKey; readonly username: string; readonly password: Secret };

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
  const { json, username, password } = decodeKey(text);
  return { key: parseKey(json, name), username, password: secret(password) };
}

/** Returns the key in a registry's user name and password, or undefined if they are not a key. */
export function keyOfLogin(username: string, password: Secret, name: string): ServiceAccountKey | undefined {
  return isKeyUser(username) ? parseKeyFile(password.reveal(), name).key : undefined;
}

/**
 * Returns the universe of the key in a registry's user name and password, or undefined if there is no key in it. The key may be unusable
 * otherwise: that is for the registry to say.
 * @throws ImgsyncError CREDENTIALS_FAILED
 */
export function universeOfLogin(username: string, password: Secret, name: string): string | undefined {
  const object = isKeyUser(username) ? parseObject(decodeKey(password.reveal()).json) : undefined;
  if (object === undefined) return undefined;
  holdSecret(textIn(object.get("private_key")) ?? "");
  return universeDomainIn(object, name) ?? DEFAULT_UNIVERSE;
}

/** @throws ImgsyncError CREDENTIALS_FAILED */
export function readKey(object: ReadonlyMap<string, unknown>, name: string): ServiceAccountKey {
  const email = textIn(object.get("client_email"));
  const pem = textIn(object.get("private_key"));
  const keyId = textIn(object.get("private_key_id"));
  const privateKey = pem === undefined ? undefined : tryPrivateKey(pem);
  if (pem !== undefined) holdSecret(pem);
  const universe = universeDomainIn(object, name) ?? DEFAULT_UNIVERSE;
  const tokenUri = textIn(object.get("token_uri")) ?? `https://oauth2.${DEFAULT_UNIVERSE}/token`;
  const isExchanged = universe === DEFAULT_UNIVERSE;
  if (email === undefined || privateKey === undefined || (isExchanged && !URL.canParse(tokenUri))) throw notAKey(name);
  return {
    email,
    privateKey,
    ...defined({ keyId }),
    tokenUri: isExchanged ? new URL(tokenUri) : undefined,
    universe,
  };
}

function parseKey(text: string, name: string): ServiceAccountKey {
  const object = parseObject(text);
  if (object === undefined) throw notAKey(name);
  const type = textIn(object.get("type"));
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
