import type { Argument, Command, Option } from "commander";
import { ERROR_CODES } from "../../model/error.ts";
import { defined } from "../../model/defined.ts";
import { isRepeatable } from "../terminal/repeatable.ts";

/** The value of a flag or an argument. `plans`: files that end in .json. `text`: free text, without suggestions. */
export type Value = { readonly kind: "files" | "plans" | "folders" | "text" } | { readonly choices: readonly string[] };

export type Flag = {
  /** `--file`, preceded by `-f` if there is one. */
  readonly names: readonly string[];
  readonly description: string;
  /** Undefined if it takes no value. */
  readonly value?: Value;
  readonly isRepeatable: boolean;
};

/** One command and what can follow it. */
export type CommandTree = {
  /** `auth configure`; empty for the program itself. */
  readonly path: string;
  readonly description: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  readonly argument?: Value;
};

/** Returns everything that can be completed, from the same definitions as the help: the program first, then its commands. */
export function wordsOf(command: Command, path = ""): readonly CommandTree[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command);
  const [argument] = command.registeredArguments;
  const own: CommandTree = {
    path,
    description: shorten(command.summary() || command.description()),
    commands: children.map((child) => ({ name: child.name(), description: shorten(child.summary()) })),
    flags: help.visibleOptions(command).map(flagOf),
    ...defined({ argument: argument === undefined ? undefined : valueOf(argument) }),
  };
  return [own, ...children.flatMap((child) => wordsOf(child, `${path} ${child.name()}`.trim()))];
}

function flagOf(option: Option): Flag {
  const { short, long, required, optional, description } = option;
  return {
    names: [short, long].filter((name) => name !== undefined),
    description: shorten(description),
    isRepeatable: isRepeatable(option),
    ...defined({ value: required || optional ? valueOf(option) : undefined }),
  };
}

/** The kind of a value follows from its choices, or from its name in the help, such as `<file>`. */
function valueOf(place: Option | Argument): Value {
  if (place.argChoices !== undefined) return { choices: place.argChoices };
  const name = "flags" in place ? (/[<[]([^\]>]+)/.exec(place.flags)?.[1] ?? "") : place.name();
  if (name === "file") return { kind: "files" };
  if (name === "plan") return { kind: "plans" };
  if (name === "folder") return { kind: "folders" };
  return name === "code" ? { choices: ERROR_CODES } : { kind: "text" };
}

/** Returns the first part of a description: there is little room next to a suggestion. */
function shorten(description: string): string {
  return (description.split(/[;:] | \(|, /, 1)[0] ?? "").replace(/\.$/, "");
}
