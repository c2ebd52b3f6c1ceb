import { Argument, Command, CommanderError } from "commander";
import { COMMAND_NAMES, isCommand, loadCommands } from "./commands.ts";
import type { Context } from "./terminal/context.ts";
import { EXIT } from "./terminal/exit-code.ts";
import { afterHelp, type Example, HELP_LAYOUT, helpWidth } from "./terminal/help.ts";
import { refuseSingleDash } from "./terminal/single-dash.ts";
import type { Run } from "./terminal/run.ts";
import type { TextStream } from "../reporters/text-stream.ts";
import { withTrace } from "./terminal/trace.ts";
import { usageError } from "./terminal/usage-error.ts";

export type Program = { readonly parse: (args: readonly string[]) => Promise<number> };

const AFTER_HELP: Readonly<Record<string, readonly Example[]>> = {
  "Exit codes:": [
    ["0", "done, or nothing to do"],
    ["1", "failed: usage, manifest, network, authentication"],
    ["2", "changes pending (plan --detailed-exitcode)"],
    ["3", "blocked by an immutable tag"],
    ["4", "some changes applied, some failed or stale"],
    ["130", "interrupted (143 by SIGTERM)"],
  ],
  "Examples:": [
    ["imgsync init", "write a starter images.yaml"],
    ["imgsync plan", "show what would change"],
    ["imgsync apply", "apply the changes"],
    ["imgsync help plan", "help for one command"],
  ],
};

/** Returns the command line: the commands with their flags, which also define help and suggestions. */
export function createProgram(context: Context, version: string): Program {
  let exitCode: number = EXIT.done;
  const run: Run =
    (work) =>
    async (...args) => {
      // commander calls an action with the arguments, the flags and the command
      const words = args
        .slice(0, -2)
        .flat()
        .filter((word) => typeof word === "string");
      exitCode = await work(withTrace(context, args.at(-2)), args.at(-2) as never, ...words);
    };
  const program = createRoot(context, version);
  return {
    parse: async (typed) => {
      const args = withFlags(typed);
      for (const add of await loadCommands(args)) add(program, run);
      addWords(program);
      nameHelp(program, "imgsync");
      refuseSingleDash(program, args);
      try {
        await program.parseAsync([...args], { from: "user" });
        return exitCode;
      } catch (thrown) {
        if (!(thrown instanceof CommanderError)) throw thrown;
        // --help and --version also throw, with exit code 0
        return thrown.exitCode === 0 ? EXIT.done : EXIT.failed;
      }
    },
  };
}

/**
 * Returns the command line with all commands, to describe them somewhere else than in the help: in man pages. Its actions do nothing.
 * Examples are laid out for `stream`.
 */
export async function describeProgram(stream: TextStream, version: string): Promise<Command> {
  const program = createRoot({ stdout: stream, stderr: stream }, version);
  for (const add of await loadCommands([])) add(program, () => async () => undefined);
  return program;
}

function createRoot({ stdout, stderr }: Pick<Context, "stdout" | "stderr">, version: string): Command {
  return new Command("imgsync")
    .description("Keeps container image tags in sync with what your Git repository declares.")
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .configureHelp(HELP_LAYOUT)
    .helpCommand(false)
    .addHelpText("after", afterHelp(AFTER_HELP))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => helpWidth(stdout),
      getErrHelpWidth: () => helpWidth(stderr),
      outputError: (text, write) => write(usageError(text)),
    });
}

/** `help` and `version` are words for flags, so that only the command that they are about is loaded. */
function withFlags(words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === "version") return ["--version"];
  if (first !== "help") return words;
  const [name] = rest;
  // without --help, the error names the nearest command
  return name === undefined || name.startsWith("-") || isCommand(name) ? [...rest, "--help"] : [name];
}

function addWords(program: Command): void {
  program
    .command("help")
    .summary("show the help of a command")
    .addArgument(new Argument("[command...]", "the command").choices(COMMAND_NAMES));
  program.command("version").summary("show the version");
}

/** After a usage error, each command names its own help. */
function nameHelp(command: Command, name: string): void {
  command.showHelpAfterError(`(see ${name} --help)`);
  for (const child of command.commands) nameHelp(child, `${name} ${child.name()}`);
}
