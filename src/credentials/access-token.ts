import type { Credential } from "../model/credential.ts";
import type { AccessTokens, Credentials } from "../model/ports.ts";
import type { Secret } from "../model/secret.ts";

/** User names whose password is an OAuth access token: the one people write, gcloud's helper's, docker-credential-gcr's. */
const TOKEN_USERS = /^(?:oauth2accesstoken|_dcgcloud_token|_dcgcr_[0-9_]+_token)$/;

/** What Artifact Registry is shown as a password is, with most ways to log in, a token for all of its cloud's APIs. */
export function createAccessTokens(credentials: Credentials): AccessTokens {
  return {
    find: async (repository, options) => tokenOf(await credentials.find(repository, options)),
  };
}

function tokenOf(credential: Credential | undefined): Secret | undefined {
  return credential?.kind === "basic" && TOKEN_USERS.test(credential.username) ? credential.password : undefined;
}
