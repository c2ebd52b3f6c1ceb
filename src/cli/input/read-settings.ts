import { homedir } from "node:os";
import { renderError } from "../../reporters/diagnostics.ts";
import type { ConfigFlags } from "../../settings/config-arguments.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import type { Settings } from "../../settings/settings.ts";
import { defined } from "../../model/defined.ts";

/** Returns the user's settings. Warnings about them go to stderr. */
export async function readSettings(context: Context, flags: ConfigFlags): Promise<Settings> {
  const { loadSettings } = await import("../../settings/config.ts");
  const { settings, warnings } = await loadSettings({
    flags,
    environment: context.environment,
    cwd: process.cwd(),
    home: homedir() || undefined,
  });
  const options = renderOptionsFor(context, "stderr", { color: settings.color, verbose: false });
  for (const { place, message, hint } of warnings) {
    const warning = { code: "CONFIG_INVALID", message: `${place}: ${message}`, ...defined({ hint }) } as const;
    context.stderr.write(renderError(warning, options, "warning"));
  }
  return settings;
}
