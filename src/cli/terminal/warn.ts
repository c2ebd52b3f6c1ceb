import { renderWarning } from "../../reporters/warning.ts";
import { type Context, type Look, renderOptionsFor } from "./context.ts";

/** A warning on stderr. */
export function warn(context: Context, look: Look, message: string, reference?: string): void {
  const warning = { type: "warning", message, ...(reference === undefined ? {} : { reference }) } as const;
  context.stderr.write(`${renderWarning(warning, renderOptionsFor(context, "stderr", look))}\n`);
}
