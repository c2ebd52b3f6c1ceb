import type { Command } from "commander";
import { ERROR_CODES, type ErrorCode, ImgsyncError } from "../../model/error.ts";
import { nearest } from "../../text/nearest.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import type { Run } from "../terminal/run.ts";

const EXAMPLES: readonly Example[] = [
  ["imgsync explain-error", "all codes with their meaning"],
  ["imgsync explain-error DENIED", "what it means and what to do"],
];

export function addExplainError(program: Command, run: Run): void {
  program
    .command("explain-error")
    .summary("explain an error code")
    .description(
      "Explains what an error code means, what usually causes it, and what to do. Without CODE, lists all codes.",
    )
    .argument("[code]", "the word in brackets at the end of an error, such as DENIED")
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }))
    .action(run(explain));
}

async function explain(context: Context, _flags: unknown, text?: string): Promise<number> {
  const { explainError, listErrors } = await import("../../reporters/explain-error.ts");
  const options = renderOptionsFor(context, "stdout", { color: "auto", verbose: false });
  context.stdout.write(text === undefined ? listErrors(options) : explainError(toCode(text), options));
  return EXIT.done;
}

/** Accepts a code as people copy it: with brackets, in any case, with `-` for `_`. */
function toCode(text: string): ErrorCode {
  const wanted = text
    .replaceAll(/[[\]\s]/g, "")
    .replaceAll("-", "_")
    .toUpperCase();
  const code = ERROR_CODES.find((candidate) => candidate === wanted);
  if (code !== undefined) return code;
  const suggestion = nearest(wanted, ERROR_CODES);
  throw new ImgsyncError({
    code: "USAGE",
    message: `unknown error code "${text}"`,
    hint: suggestion === undefined ? "imgsync explain-error lists all of them" : `did you mean "${suggestion}"?`,
  });
}
