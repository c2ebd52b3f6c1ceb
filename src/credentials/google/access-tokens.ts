import { takesGoogleTokens } from "../../products/table.ts";
import type { Universes } from "../../products/universes.ts";
import { type Credential, isTokenUser } from "../../model/credential.ts";
import type { AccessToken, AccessTokens, Credentials } from "../../model/ports.ts";
import type { Google } from "./google.ts";
import { parseObject, textIn } from "../../model/json.ts";
import { keyOfLogin } from "./key.ts";
import { defined } from "../../model/defined.ts";

/** Returns access tokens for Google's APIs, made from the credentials of Google Cloud registries. */
export function createAccessTokens({
  credentials,
  google,
  universes,
}: {
  readonly credentials: Credentials;
  readonly google: Google;
  readonly universes: Universes;
}): AccessTokens {
  return {
    find: async (repository, options) => {
      if (!takesGoogleTokens(repository.host, universes)) return undefined;
      const credential = await credentials.find(repository, options);
      if (credential?.kind !== "basic") return undefined;
      if (isTokenUser(credential.username)) return toAccessToken(credential);
      const key = keyOfLogin(credential.username, credential.password, credential.origin);
      if (key === undefined) return undefined;
      return toAccessToken(await google.tokenOfKey(repository.host, key, options));
    },
  };
}

function toAccessToken(credential: Credential | undefined): AccessToken | undefined {
  if (credential?.kind !== "basic") return undefined;
  const { password, expiresAt, account = signerOf(password.reveal()) } = credential;
  return { token: password, ...defined({ expiresAt, account }) };
}

/** Returns the account that signed a token itself, as keys outside googleapis.com do. Other tokens do not reveal theirs. */
function signerOf(token: string): string | undefined {
  const claims = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token)?.[1] ?? "";
  const issuer = textIn(parseObject(Buffer.from(claims, "base64url"))?.get("iss"));
  return issuer !== undefined && /^[a-z0-9][a-z0-9._-]*@[a-z0-9][a-z0-9.-]*$/.test(issuer) ? issuer : undefined;
}
