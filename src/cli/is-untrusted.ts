import { ImgsyncError } from "../model/error.ts";
import type { Context, Look } from "./terminal/context.ts";
import { findForkRequest } from "./fork-request.ts";
import type { NetworkFlags } from "./terminal/options.ts";
import { warn } from "./terminal/warn.ts";

export const UNTRUSTED_VARIABLE = "IMGSYNC_UNTRUSTED";

const ON = new Set(["1", "true", "yes", "on"]);
const OFF = new Set(["0", "false", "no", "off"]);

/**
 * Whether the manifest is a stranger's: what the flag says, then IMGSYNC_UNTRUSTED, then CI, and that is told on stderr.
 * @throws ImgsyncError USAGE where the variable says neither yes nor no
 */
export async function isUntrusted(context: Context, { untrusted }: NetworkFlags, look: Look): Promise<boolean> {
  if (untrusted !== undefined) return untrusted;
  const said = (context.environment[UNTRUSTED_VARIABLE] ?? "").toLowerCase();
  if (ON.has(said)) return true;
  if (OFF.has(said)) return false;
  if (said !== "") {
    const message = `${UNTRUSTED_VARIABLE} is "${said}", which is neither true nor false`;
    throw new ImgsyncError({ code: "USAGE", message, hint: "write true or false" });
  }
  const request = await findForkRequest(context);
  if (request === undefined) return false;
  const consequence = "no credentials, no docker or helpers, and only registries of your own settings";
  warn(context, look, `this is ${request}: ${consequence} (--untrusted; --no-untrusted turns it off)`);
  return true;
}
