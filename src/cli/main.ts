import { toErrorDetails } from "../model/error.ts";
import { forTerminal } from "../text/sanitize.ts";
import { boundHeap } from "./terminal/bound-heap.ts";
import { type Context, renderOptionsFor } from "./terminal/context.ts";
import { EXIT } from "./terminal/exit-code.ts";
import { listenForInterruption } from "./terminal/interruption.ts";
import { openOutput } from "./terminal/output.ts";
import { createProgram } from "./program.ts";
import { VERSION } from "../app/session/version.ts";

/** Runs one command line and sets the exit code. It does not call exit, which would cut off pending output. */
export async function main(args: readonly string[]): Promise<void> {
  boundHeap();
  const output = openOutput();
  const interruption = listenForInterruption();
  const context: Context = { environment: process.env, stdout: output.stdout, stderr: output.stderr, interruption };
  try {
    process.exitCode = await createProgram(context, VERSION).parse(args);
  } catch (thrown) {
    process.exitCode = interruption.signal.aborted ? interruption.exitCode() : EXIT.failed;
    const look = { color: "auto", verbose: false } as const;
    const details = interruption.signal.aborted
      ? ({ code: "INTERRUPTED", message: "interrupted" } as const)
      : toErrorDetails(thrown);
    // loaded on demand: it measures text, and the tables for that take longer to load than most commands take to start
    const { renderError } = await import("../reporters/diagnostics.ts");
    output.stderr.write(renderError(details, renderOptionsFor(context, "stderr", look)));
    if (details.code === "INTERNAL" && thrown instanceof Error)
      output.stderr.write(`${placesOf(thrown)}this is a bug in imgsync\n`);
  }
  const failure = output.failure();
  if (failure === undefined) return;
  output.stderr.write(`error: the output could not be written: ${failure.message}\n`);
  process.exitCode = EXIT.failed;
}

/** Returns the stack without the message, which was already printed and may contain untrusted text. */
function placesOf({ stack = "" }: Error): string {
  const places = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return places.map((line) => `    ${forTerminal(line.trim())}\n`).join("");
}
