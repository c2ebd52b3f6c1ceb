import { renderWarning } from "../../reporters/warning.ts";
import { type Context, type Look, renderOptionsFor } from "./context.ts";
import { defined } from "../../model/defined.ts";

export type WarnOfHost = (message: string, host: string) => void;

/** Prints warnings about a registry. */
export function warnOfHosts({ context, look }: { readonly context: Context; readonly look: Look }): WarnOfHost {
  return (message, host) => warn(context, look, message, host);
}

/** Prints a warning on stderr. */
export function warn(context: Context, look: Look, message: string, reference?: string): void {
  const warning = { type: "warning", message, ...defined({ reference }) } as const;
  context.stderr.write(`${renderWarning(warning, renderOptionsFor(context, "stderr", look))}\n`);
}
