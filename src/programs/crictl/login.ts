import type { Environment } from "../exec.ts";
import type { Credential } from "../../model/credential.ts";
import { ImgsyncError } from "../../model/error.ts";

/**
 * Returns the login for crictl as environment variables, since every user of the node can see arguments. Without credentials the variables
 * are cleared: existing values are for another registry, and crictl refuses both together.
 * @throws ImgsyncError CREDENTIALS_FAILED if crictl cannot use the credentials
 */
export function crictlLogin(credential: Credential | undefined): Environment {
  const none = { CRICTL_CREDS: undefined, CRICTL_AUTH: undefined };
  if (credential === undefined) return none;
  if (credential.kind !== "basic") {
    throw unusable(credential, "a token of another kind", "log in with a user name and a password or access token");
  }
  const password = credential.password.reveal();
  // crictl splits at the first colon, and environment values end at a NUL
  if (credential.username.includes(":") || `${credential.username}${password}`.includes("\0")) {
    throw unusable(credential, "a user name with a colon, or a NUL character", "use other credentials");
  }
  return { ...none, CRICTL_CREDS: `${credential.username}:${password}` };
}

function unusable({ origin }: Credential, what: string, hint: string): ImgsyncError {
  return new ImgsyncError({
    code: "CREDENTIALS_FAILED",
    message: `crictl takes a user name and a password, and ${origin} has ${what}`,
    hint,
  });
}
