import { Argument, type Command } from "commander";
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { wordsOf } from "../completion/words.ts";
import { zshCompletion } from "../completion/zsh.ts";
import type { Context } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import type { Run } from "../terminal/run.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

const EXAMPLES: readonly Example[] = [
  ["source <(imgsync completion bash)", "in ~/.bashrc"],
  ["source <(imgsync completion zsh)", "in ~/.zshrc, after compinit"],
  ["imgsync completion fish > ~/.config/fish/completions/imgsync.fish"],
];

export function addCompletion(program: Command, run: Run): void {
  program
    .command("completion")
    .summary("print a script that completes commands in your shell")
    .description("Prints a script that lets your shell complete commands, flags and their values with the Tab key.")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SHELLS)))
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }))
    .action(
      run(async ({ stdout }: Context, _flags: unknown, shell = "") => {
        // commander accepts only the choices
        stdout.write(SHELLS[shell as keyof typeof SHELLS](program.name(), wordsOf(program)));
        return EXIT.done;
      }),
    );
}
