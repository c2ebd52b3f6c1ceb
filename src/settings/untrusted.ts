import { ImgsyncError } from "../model/error.ts";
import type { Variables } from "./config-arguments.ts";
import { findForkRequest } from "./fork-request.ts";

export const UNTRUSTED_VARIABLE = "IMGSYNC_UNTRUSTED";

const ON = new Set(["1", "true", "yes", "on"]);
const OFF = new Set(["0", "false", "no", "off"]);

/** `request`: what CI says this job works on, where that decided it. */
export type Trust = { readonly untrusted: boolean; readonly request?: string };

/**
 * Whether the manifest is untrusted as the environment has it: IMGSYNC_UNTRUSTED first, then what CI says about forks.
 * @throws ImgsyncError USAGE where the variable says neither yes nor no
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
