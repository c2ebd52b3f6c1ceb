import { ACCESS_TOKEN_USER, type Credential } from "../model/credential.ts";
import { environmentName } from "../model/environment-name.ts";
import { holdSecret, type Secret, secret } from "../model/secret.ts";
import { KNOWN_UNIVERSES, type Universes } from "../products/universes.ts";
import { credentialsFailed } from "./source/failure.ts";
import { checkHost } from "./google/host.ts";
import { cleanLogin, cleanToken, type Login } from "./source/login-text.ts";
import type { CredentialSource } from "./source/source.ts";
import { endOfToken } from "./source/token-end.ts";

const USERNAME = "IMGSYNC_USERNAME_";
const PASSWORD = "IMGSYNC_PASSWORD_";
const ACCESS_TOKEN = "IMGSYNC_ACCESS_TOKEN_";
const API_TOKEN = "IMGSYNC_API_TOKEN_";

/** Variables whose values are secrets, for any host. */
const SECRETS = /^(?:IMGSYNC_(?:PASSWORD|ACCESS_TOKEN|API_TOKEN)_|AWS_SECRET_ACCESS_KEY$|AWS_SESSION_TOKEN$)/;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `IMGSYNC_USERNAME_<HOST>` with `IMGSYNC_PASSWORD_<HOST>`, or `IMGSYNC_ACCESS_TOKEN_<HOST>`, for CI jobs that have secrets but no
 * files.
 */
export function createEnvironmentCredentials(
  environment: Environment,
  universes: Universes = KNOWN_UNIVERSES,
): CredentialSource {
  holdAll(environment);
  const credentials = new Map<string, Credential | undefined>();
  return {
    name: `${USERNAME}<HOST> in the environment`,
    find: async ({ host }) => {
      if (!credentials.has(host)) credentials.set(host, credentialFor(environment, host, universes));
      return credentials.get(host);
    },
  };
}

/** @throws ImgsyncError CREDENTIALS_FAILED if a variable is missing, or one too many is set */
function credentialFor(environment: Environment, host: string, universes: Universes): Credential | undefined {
  const suffix = environmentName(host);
  const { username, password } = loginIn(environment, suffix);
  const token = environmentToken(environment, host, universes);
  if (token !== undefined && (username !== "" || password !== "")) {
    const other = username === "" ? PASSWORD : USERNAME;
    throw credentialsFailed(`${ACCESS_TOKEN}${suffix} and ${other}${suffix} are both set`, {
      host,
      hint: "unset one of them",
    });
  }
  if (token !== undefined) return token;
  if (suffix === "" || (username === "" && password === "")) return undefined;
  if (username === "" || password === "") {
    const [there, absent] = username === "" ? [PASSWORD, USERNAME] : [USERNAME, PASSWORD];
    throw credentialsFailed(`${there}${suffix} is set and ${absent}${suffix} is not`, {
      host,
      hint: "set both, or none of them",
    });
  }
  return {
    kind: "basic",
    username,
    password: secret(password),
    origin: `${USERNAME}${suffix}`,
    kept: { kind: "variable", name: PASSWORD + suffix },
    ...endOfToken(password),
  };
}

/** Variables are filled from files too, and an unset CI secret is an empty string. */
function loginIn(environment: Environment, suffix: string): Login {
  return cleanLogin(environment[USERNAME + suffix] ?? "", environment[PASSWORD + suffix] ?? "");
}

/** Returns the token for the API of a host from the environment, `IMGSYNC_API_TOKEN_<HOST>`. */
export function environmentApiToken(environment: Environment, host: string): Secret | undefined {
  const suffix = environmentName(host);
  const token = suffix === "" ? "" : cleanToken(environment[API_TOKEN + suffix] ?? "");
  return token === "" ? undefined : secret(token);
}

/**
 * Returns the access token for this host from the environment.
 * @throws ImgsyncError CREDENTIALS_FAILED if it is not set
 */
export function requireEnvironmentToken(environment: Environment, host: string, universes: Universes): Credential {
  checkHost(host, universes);
  const token = environmentToken(environment, host, universes);
  if (token !== undefined) return token;
  throw credentialsFailed(`${ACCESS_TOKEN}${environmentName(host)} is not set`, {
    host,
    hint: "auth: { accessToken: true } takes the access token from it: set it, or use credentials that can be renewed",
  });
}

/** The expiry is unknown unless the token contains it. */
function environmentToken(environment: Environment, host: string, universes: Universes): Credential | undefined {
  const suffix = environmentName(host);
  const token = cleanToken(environment[ACCESS_TOKEN + suffix] ?? "");
  if (suffix === "" || token === "") return undefined;
  checkHost(host, universes);
  return {
    kind: "basic",
    username: ACCESS_TOKEN_USER,
    password: secret(token),
    origin: ACCESS_TOKEN + suffix,
    kept: { kind: "variable", name: ACCESS_TOKEN + suffix },
    ...endOfToken(token),
  };
}

/**
 * Masks all secrets up front: a registry may echo credentials of an earlier run in its first response, before this run has looked them up.
 */
function holdAll(environment: Environment): void {
  for (const [name, value = ""] of Object.entries(environment)) {
    if (!SECRETS.test(name)) continue;
    holdSecret(value);
    holdSecret(cleanToken(value));
    if (name.startsWith(PASSWORD)) holdSecret(loginIn(environment, name.slice(PASSWORD.length)).password);
  }
}
