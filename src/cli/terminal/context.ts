import { systemClock } from "../../async/system-clock.ts";
import type { Trace } from "../../model/trace.ts";
import type { RenderOptions } from "../../reporters/words/options.ts";
import type { ReporterOptions } from "../../reporters/reporter-options.ts";
import { createStyle } from "../../reporters/words/style.ts";
import type { TextStream } from "../../reporters/text-stream.ts";
import type { Interruption } from "./interruption.ts";

/** Everything a command gets from the process. */
export type Context = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly interruption: Interruption;
  /** Set with `--log-level debug`. */
  readonly trace?: Trace;
};

export type Look = { readonly color: "auto" | "always" | "never"; readonly verbose: boolean };

/** Returns how to render text for a stream: in colour as configured (by default, on terminals), and as wide as the terminal. */
export function renderOptionsFor(context: Context, name: "stdout" | "stderr", { color, verbose }: Look): RenderOptions {
  const stream = context[name];
  const isTerminal = stream.isTTY === true;
  return {
    style: createStyle(
      color === "always" || (color === "auto" && isTerminal && context.environment["TERM"] !== "dumb"),
    ),
    columns: isTerminal && stream.columns !== undefined && stream.columns > 0 ? stream.columns : undefined,
    verbose,
    ci: isCi(context),
  };
}

/** Returns the options of the reporters of a run. Lines on stderr are not wrapped: each event has one line. */
export function reporterOptionsFor(context: Context, look: Look): ReporterOptions {
  const { stdout, stderr } = context;
  return {
    stdout,
    stderr: { write: stderr.write },
    styles: {
      stdout: renderOptionsFor(context, "stdout", look).style,
      stderr: renderOptionsFor(context, "stderr", look).style,
    },
    clock: systemClock,
    verbose: look.verbose,
    ci: isCi(context),
  };
}

/** Whether the runner interprets output lines as commands (GitHub's `::`, GitLab's section markers). */
export function isCi({ environment }: Context): boolean {
  return ["GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"].some((name) => (environment[name] ?? "") !== "");
}
