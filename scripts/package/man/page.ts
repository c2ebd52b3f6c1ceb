import type { Argument, Command, Option } from "commander";
import { bold, italic, item, plain, quoted, section, verbatim } from "./roff.ts";

/** What is the same on all pages. */
export type Edition = { readonly version: string; readonly date: string };

/** A command on a page. */
export type Described = {
  readonly command: Command;
  /** What to type: `imgsync auth configure`. */
  readonly path: string;
  /** The end of its help, after the flags: lists such as examples, each below a heading. */
  readonly lists: string;
};

/** Returns the man page of a command, from the definitions that make its help. `pages` are the commands with a page. */
export function manPage({ command, path, lists }: Described, pages: readonly string[], edition: Edition): string {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const name = pageName(path);
  const title = [name.toUpperCase(), "1", edition.date, `imgsync ${edition.version}`, "imgsync"];
  return [
    `.TH ${title.map(quoted).join(" ")}`,
    ...section("Name", [String.raw`${plain(name)} \- ${plain(summaryOf(command))}`]),
    ...section("Synopsis", [synopsis(command, path)]),
    ...section("Description", [plain(command.description())]),
    ...(commands.length === 0
      ? []
      : section(
          "Commands",
          commands.flatMap((child) => item(bold(child.name()), `${child.summary()}.`)),
        )),
    ...(command.registeredArguments.length === 0
      ? []
      : section("Arguments", command.registeredArguments.flatMap(argumentItem))),
    ...groups(help.visibleOptions(command)).flatMap(([heading, options]) =>
      section(
        heading,
        options.flatMap((option) => item(flags(option), help.optionDescription(option))),
      ),
    ),
    ...listSections(lists),
    ...section("See also", [seeAlso(pages.filter((page) => page !== path))]),
    "",
  ].join("\n");
}

/** `imgsync auth configure` has the page imgsync-auth-configure. */
export function pageName(path: string): string {
  return path.replaceAll(" ", "-");
}

function summaryOf(command: Command): string {
  const text = command.summary() || command.description();
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`.replace(/\.$/, "");
}

function synopsis(command: Command, path: string): string {
  const words = command.registeredArguments.map((argument) => {
    const name = italic(argument.name().toUpperCase()) + (argument.variadic ? "..." : "");
    return argument.required ? name : `[${name}]`;
  });
  const commands = command.commands.length === 0 ? [] : [italic("COMMAND")];
  return [bold(path), ...commands, `[${italic("OPTIONS")}]`, ...words].join(" ");
}

function argumentItem(argument: Argument): readonly string[] {
  const choices = argument.argChoices === undefined ? "" : ` (${argument.argChoices.join(", ")})`;
  return item(italic(argument.name().toUpperCase()), `${argument.description || argument.name()}${choices}`);
}

/** `-f, --file <file>`, with names in bold and the value in italics. */
function flags({ short, long, flags: text }: Option): string {
  const value = /[<[]([^\]>]+)/.exec(text)?.[1];
  const names = [short, long].filter((name) => name !== undefined).map(bold);
  return names.join(", ") + (value === undefined ? "" : ` ${italic(value.toUpperCase())}`);
}

function groups(options: readonly Option[]): readonly (readonly [string, readonly Option[]])[] {
  const all = Map.groupBy(options, ({ helpGroupHeading }) => (helpGroupHeading ?? "Options").replace(/:$/, ""));
  return [...all];
}

function listSections(text: string): readonly string[] {
  return text.split(/^(?=\S.*:$)/m).flatMap((list) => {
    const [heading = "", ...lines] = list.trim().split("\n");
    if (heading === "") return [];
    return section(heading.replace(/:$/, ""), verbatim(lines.map((line) => line.replace(/^ {2}/, "")).join("\n")));
  });
}

function seeAlso(paths: readonly string[]): string {
  return paths.map((path) => `${bold(pageName(path))}(1)`).join(",\n");
}
