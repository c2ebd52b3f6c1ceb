import type { Trace } from "../../model/trace.ts";
import type { RenderOptions } from "../../reporters/words/options.ts";
import { createStyle } from "../../reporters/words/style.ts";
import type { TextStream } from "../../reporters/text-stream.ts";
import type { Interruption } from "./interruption.ts";

/** What a command gets from the process. */
export type Context = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly interruption: Interruption;
  /** Where `--log-level debug` is on. */
  readonly trace?: Trace;
};

export type Look = { readonly color: "auto" | "always" | "never"; readonly verbose: boolean };

/** How text is rendered for one of the streams: colour only where it is seen, and as wide as the terminal is. */
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

/** A log whose runner takes lines of ours for commands (GitHub's `::`, GitLab's section markers). */
export function isCi({ environment }: Context): boolean {
  return ["GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"].some((name) => (environment[name] ?? "") !== "");
}
