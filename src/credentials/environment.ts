import { secret } from "../model/secret.ts";
import { credentialsFailed } from "./failure.ts";
import type { CredentialSource } from "./source.ts";

const USERNAME = "IMGSYNC_USERNAME_";
const PASSWORD = "IMGSYNC_PASSWORD_";

/** `IMGSYNC_USERNAME_<HOST>` with `IMGSYNC_PASSWORD_<HOST>`: for CI jobs that have secrets and no files. */
export function createEnvironmentCredentials(
  environment: Readonly<Record<string, string | undefined>>,
): CredentialSource {
  return {
    name: `${USERNAME}<HOST> in the environment`,
    find: async ({ host }) => {
      const suffix = environmentName(host);
      // an unset CI secret arrives as an empty text
      const username = environment[USERNAME + suffix] ?? "";
      const password = environment[PASSWORD + suffix] ?? "";
      if (suffix === "" || (username === "" && password === "")) return undefined;
      if (username === "" || password === "") {
        const [there, absent] = username === "" ? [PASSWORD, USERNAME] : [USERNAME, PASSWORD];
        throw credentialsFailed(`${there}${suffix} is set and ${absent}${suffix} is not`, {
          host,
          hint: "set both, or none of them",
        });
      }
      return { kind: "basic", username, password: secret(password), origin: `${USERNAME}${suffix}` };
    },
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
