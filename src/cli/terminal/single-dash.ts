import type { Command } from "commander";
import { ImgsyncError } from "../../model/error.ts";

/**
 * Refuses a long flag with a single dash, as in `terraform plan -out=FILE`: it would be read as short flags, and `-out=FILE` as `-o ut=FILE`.
 * Words after `--` are no flags.
 * @throws ImgsyncError USAGE
 */
export function refuseSingleDash(command: Command, words: readonly string[]): void {
  const end = words.indexOf("--");
  const flags = new Set(longFlags(command, words));
  for (const word of end === -1 ? words : words.slice(0, end)) {
    const name = /^-[a-z][a-z-]+(?==|$)/.exec(word)?.[0];
    if (name !== undefined && flags.has(`-${name}`)) {
      throw new ImgsyncError({
        code: "USAGE",
        message: `"${name}" needs two dashes`,
        hint: `write -${name}`,
      });
    }
  }
}

/** Returns the long flags of the commands that the words name, from the root to the innermost one. */
function longFlags(command: Command, words: readonly string[]): readonly string[] {
  const own = command.options.flatMap(({ long }) => long ?? []);
  const at = words.findIndex((word) => command.commands.some((child) => child.name() === word));
  const child = command.commands.find((one) => one.name() === words[at]);
  return child === undefined ? own : [...own, ...longFlags(child, words.slice(at + 1))];
}
