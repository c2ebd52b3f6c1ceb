import type { Environment } from "../exec.ts";
import type { Credential } from "../../model/credential.ts";
import { ImgsyncError } from "../../model/error.ts";

/**
 * What crictl is told to log in with, in its environment: arguments are seen by every user of the node. Also where there
 * are no credentials, for what stands there by chance is for another registry, and crictl refuses both at once.
 * @throws ImgsyncError CREDENTIALS_FAILED where crictl has no way to use them
 */
export function crictlLogin(credential: Credential | undefined): Environment {
  const none = { CRICTL_CREDS: undefined, CRICTL_AUTH: undefined };
  if (credential === undefined) return none;
  if (credential.kind !== "basic") {
    throw unusable(credential, "a token of another kind", "log in with a user name and a password or access token");
  }
  const password = credential.password.reveal();
  // it splits at the first colon, and the environment ends at a NUL
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
