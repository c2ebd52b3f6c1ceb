import { readTrust } from "../../settings/untrusted.ts";
import type { Context, Look } from "../terminal/context.ts";
import type { NetworkFlags } from "../terminal/options.ts";
import { warn } from "../terminal/warn.ts";

/**
 * Whether the manifest is untrusted: the flag takes precedence over the environment. If it follows from the CI environment, stderr says so.
 * @throws ImgsyncError USAGE if the variable is neither yes nor no
 */
export async function isUntrusted(context: Context, flags: NetworkFlags, look: Look): Promise<boolean> {
  if (flags.untrusted !== undefined) return flags.untrusted;
  const { untrusted, request } = await readTrust(context.environment);
  if (request === undefined) return untrusted;
  const consequence = "no credentials, no docker or helpers, and only registries of your own settings";
  warn(context, look, `this is ${request}: ${consequence} (--untrusted; --no-untrusted turns it off)`);
  return untrusted;
}
