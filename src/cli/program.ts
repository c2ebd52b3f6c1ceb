import { Command, CommanderError, type Option } from "commander";
import { loadCommands } from "./commands.ts";
import type { Context } from "./terminal/context.ts";
import { EXIT } from "./terminal/exit-code.ts";
import type { Run } from "./terminal/run.ts";
import { withTrace } from "./terminal/trace.ts";

export type Program = { readonly parse: (args: readonly string[]) => Promise<number> };

const EXIT_CODES = `
Exit codes:
  0    done, or nothing to do
  1    failed: usage, manifest, network, authentication
  2    changes pending (plan --detailed-exitcode)
  3    blocked by an immutable tag
  4    some changes applied, some failed or stale
  130  interrupted (143 by SIGTERM)

Examples:
  imgsync init           write a starter images.yaml
  imgsync plan           show what would change
  imgsync apply          apply the changes
  imgsync plan --help    help for one command
`;

/** Returns the command line: the commands with their flags, which also define help and suggestions. */
export function createProgram(context: Context, version: string): Program {
  let exitCode: number = EXIT.done;
  const run: Run =
    (work) =>
    async (...args) => {
      const [argument] = args.length > 2 ? args : [];
      // commander calls an action with the arguments, the flags and the command
      const text = Array.isArray(argument) ? argument.join(" ") : argument;
      exitCode = await work(
        withTrace(context, args.at(-2)),
        args.at(-2) as never,
        typeof text === "string" ? text : undefined,
      );
    };
  const program = new Command("imgsync")
    .description("Keeps container image tags in sync with what your Git repository declares.")
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .configureHelp({ optionDescription })
    .showHelpAfterError("(see imgsync --help)")
    .helpCommand(false)
    .addHelpText("after", EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^(error: .*)$/m, "$1 [USAGE]")),
    });
  return {
    parse: async (args) => {
      for (const add of await loadCommands(args)) add(program, run);
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

/** `how it is printed (text, json; default: text)`: shorter than commander's own format. */
function optionDescription({ description, argChoices, defaultValue, envVar }: Option): string {
  const facts = [
    ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
    ...(typeof defaultValue === "string" ? [`default: ${defaultValue}`] : []),
    ...(envVar === undefined ? [] : [`or ${envVar}=1`]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
}
