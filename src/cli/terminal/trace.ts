import { ImgsyncError } from "../../model/error.ts";
import { createTraceWriter } from "../../reporters/trace-lines.ts";
import { systemClock } from "../../async/system-clock.ts";
import type { Context } from "./context.ts";

export const LOG_LEVELS = ["info", "debug"] as const;
export const LOG_FORMATS = ["text", "json"] as const;

const VARIABLE = "IMGSYNC_LOG";

/** Returns the context of a command, with a trace if its flags or the environment ask for one. */
export function withTrace(context: Context, flags: unknown): Context {
  const { logLevel = levelOf(context), logFormat = "text" } = readFlags(flags);
  if (logLevel !== "debug") return context;
  const trace = createTraceWriter(context.stderr, {
    format: logFormat === "json" ? "json" : "text",
    clock: systemClock,
  });
  return { ...context, trace };
}

function readFlags(flags: unknown): { readonly logLevel?: unknown; readonly logFormat?: unknown } {
  return typeof flags === "object" && flags !== null ? flags : {};
}

function levelOf({ environment }: Context): string {
  const level = environment[VARIABLE] || "info";
  if (LOG_LEVELS.some((known) => known === level)) return level;
  throw new ImgsyncError({
    code: "CONFIG_INVALID",
    message: `${VARIABLE} is "${level}"`,
    hint: `set it to ${LOG_LEVELS.join(" or ")}`,
  });
}
