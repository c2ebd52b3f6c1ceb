import { ACCESS_TOKEN_USER, type Credential } from "../model/credential.ts";
import { holdSecret, secret } from "../model/secret.ts";
import { KNOWN_UNIVERSES, type Universes } from "../products/universes.ts";
import { credentialsFailed } from "./source/failure.ts";
import { checkHost } from "./google/host.ts";
import type { CredentialSource } from "./source/source.ts";
import { endOfToken } from "./source/token-end.ts";

const USERNAME = "IMGSYNC_USERNAME_";
const PASSWORD = "IMGSYNC_PASSWORD_";
const ACCESS_TOKEN = "IMGSYNC_ACCESS_TOKEN_";

/** Variables whose values are secrets, whichever host they are for. */
const SECRETS = /^(?:IMGSYNC_(?:PASSWORD|ACCESS_TOKEN|API_TOKEN)_|AWS_SECRET_ACCESS_KEY$|AWS_SESSION_TOKEN$)/;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `IMGSYNC_USERNAME_<HOST>` with `IMGSYNC_PASSWORD_<HOST>`, or `IMGSYNC_ACCESS_TOKEN_<HOST>`: for CI jobs that have secrets and
 * no files.
 */
export function createEnvironmentCredentials(
  environment: Environment,
  universes: Universes = KNOWN_UNIVERSES,
): CredentialSource {
  holdAll(environment);
  return {
    name: `${USERNAME}<HOST> in the environment`,
    find: async ({ host }) => {
      const suffix = environmentName(host);
      // an unset CI secret arrives as an empty text
      const username = environment[USERNAME + suffix] ?? "";
      const password = environment[PASSWORD + suffix] ?? "";
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
        ...endOfToken(password),
      };
    },
  };
}

/**
 * The access token that the environment must have for this host.
 * @throws ImgsyncError CREDENTIALS_FAILED
 */
export function requireEnvironmentToken(environment: Environment, host: string, universes: Universes): Credential {
  checkHost(host, universes);
  const token = environmentToken(environment, host, universes);
  if (token !== undefined) return token;
  throw credentialsFailed(`${ACCESS_TOKEN}${environmentName(host)} is not set`, {
    host,
    hint: "images.yaml wants an access token from it: set it, or use credentials that can be renewed",
  });
}

/** How long it is good for nobody knows, unless it tells. */
function environmentToken(environment: Environment, host: string, universes: Universes): Credential | undefined {
  const suffix = environmentName(host);
  // a text that was read from a file ends with a line end
  const token = (environment[ACCESS_TOKEN + suffix] ?? "").trim();
  if (suffix === "" || token === "") return undefined;
  checkHost(host, universes);
  return {
    kind: "basic",
    username: ACCESS_TOKEN_USER,
    password: secret(token),
    origin: ACCESS_TOKEN + suffix,
    ...endOfToken(token),
  };
}

/**
 * A host as the end of a variable's name: upper case, `.` is `_`, `-` is `__`, `:` is `___`. Each host has a name of its own:
 * with one sign for all three, a stranger's `registry-example.com` would get the password of `registry.example.com`.
 * Empty for what cannot be written so, such as IPv6 addresses.
 */
export function environmentName(host: string): string {
  if (!/^[a-z0-9]+(?:(?:-+|\.)[a-z0-9]+)*(?::[0-9]+)?$/.test(host)) return "";
  return host.toUpperCase().replaceAll("-", "__").replaceAll(".", "_").replaceAll(":", "___");
}

/** A registry may repeat in its first answer what an earlier run sent to it, before this one has asked for credentials. */
function holdAll(environment: Environment): void {
  for (const [name, value] of Object.entries(environment)) if (SECRETS.test(name)) holdSecret(value ?? "");
}
