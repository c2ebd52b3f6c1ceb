import { ImgsyncError } from "../model/error.ts";
import type { Variables } from "./config-arguments.ts";
import { findForkRequest } from "./fork-request.ts";

const UNTRUSTED_VARIABLE = "IMGSYNC_UNTRUSTED";

const ON = new Set(["1", "true", "yes", "on"]);
const OFF = new Set(["0", "false", "no", "off"]);

/** `request`: the kind of request that CI runs for, if it decided the result. */
export type Trust = { readonly untrusted: boolean; readonly request?: string };

/**
 * Returns whether the environment marks the manifest as untrusted: IMGSYNC_UNTRUSTED first, then the CI variables about forks.
 * @throws ImgsyncError USAGE if the variable is neither yes nor no
 */
export async function readTrust(environment: Variables): Promise<Trust> {
  const said = (environment[UNTRUSTED_VARIABLE] ?? "").toLowerCase();
  if (ON.has(said)) return { untrusted: true };
  if (OFF.has(said)) return { untrusted: false };
  if (said !== "") {
    const message = `${UNTRUSTED_VARIABLE} is "${said}", which is neither true nor false`;
    throw new ImgsyncError({ code: "USAGE", message, hint: "write true or false" });
  }
  const request = await findForkRequest(environment);
  return request === undefined ? { untrusted: false } : { untrusted: true, request };
}
