import { isArtifactRegistryHost, type Universes } from "../model/artifact-registry-host.ts";
import { ACCESS_TOKEN_USER, type Credential } from "../model/credential.ts";
import type { AccessToken, AccessTokens, Credentials } from "../model/ports.ts";
import type { Google } from "./google/google.ts";
import { keyOfLogin } from "./google/key.ts";

/** The user names under which helpers and others hand out access tokens. registries.md section 3.2 */
const TOKEN_USER = /^(?:oauth2accesstoken|_dcgcloud_token|_dcgcr_[0-9A-Za-z_]+_token)$/;

/** Whether a registry's user name says that the password is an access token of Google. */
export function isTokenUser(username: string): boolean {
  return username === ACCESS_TOKEN_USER || TOKEN_USER.test(username);
}

/** Access tokens for Google's own interfaces, out of the credentials of Artifact Registry hosts. */
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
      if (!isArtifactRegistryHost(repository.host, universes)) return undefined;
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
  const { password, expiresAt } = credential;
  return { token: password, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
