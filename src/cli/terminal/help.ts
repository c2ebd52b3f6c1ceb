import type { AddHelpTextContext, Help, HelpConfiguration, Option } from "commander";
import type { TextStream } from "../../reporters/text-stream.ts";

/** A command line or a code, and what it means. */
export type Example = readonly [name: string, meaning?: string];

const INDENTATION = 2;
const GAP = 2;
/** Of a description that stands below what it describes. */
const BELOW = 6;
/** Descriptions that would be narrower than this stand below. */
const LEAST_DESCRIPTION = 26;
/** Longer lines are hard to read. */
const MAX_COLUMNS = 100;
/** Off a terminal. */
const DEFAULT_COLUMNS = 80;

/** How commander lays out the help of all commands: no line is wider than the terminal, and lines end between words. */
export const HELP_LAYOUT: HelpConfiguration = { optionDescription, formatItem, minWidthToWrap: 20 };

/** Returns the width of help on a stream. */
export function helpWidth({ isTTY, columns }: TextStream): number {
  const isKnown = isTTY === true && columns !== undefined && columns > 0;
  return isKnown ? Math.min(columns, MAX_COLUMNS) : DEFAULT_COLUMNS;
}

/** Returns the end of a command's help: lists under their headings. */
export function afterHelp(
  lists: Readonly<Record<string, readonly Example[]>>,
): (context: AddHelpTextContext) => string {
  return ({ command, error }) => {
    const output = command.configureOutput();
    const width = (error ? output.getErrHelpWidth?.() : output.getOutHelpWidth?.()) ?? DEFAULT_COLUMNS;
    const texts = Object.entries(lists).map(([heading, items]) =>
      renderList(heading, items, command.createHelp(), width),
    );
    return `\n${texts.join("\n")}`;
  };
}

/** The meanings stand beside the names if all of them fit there, otherwise each below its name. */
function renderList(heading: string, items: readonly Example[], helper: Help, width: number): string {
  const described = items.filter(([, meaning]) => meaning !== undefined);
  const start = INDENTATION + Math.max(0, ...described.map(([name]) => name.length)) + 2 * GAP;
  const isWide = described.every(([, meaning = ""]) => start + meaning.length <= width);
  const lines = items.map(([name, meaning]) => {
    const line = " ".repeat(INDENTATION) + name;
    if (meaning !== undefined && isWide) return line.padEnd(start) + meaning;
    return [breakCommand(line, width), ...(meaning === undefined ? [] : [below(meaning, helper, width)])].join("\n");
  });
  return `${[heading, ...lines].join("\n")}\n`;
}

/** Breaks a command before its flags and redirections, in the way that a shell understands. */
function breakCommand(line: string, width: number): string {
  if (line.length <= width) return line;
  const lines: string[] = [];
  for (const part of line.split(/ (?=--|[|>])/)) {
    const longer = `${lines.at(-1) ?? ""} ${part}`;
    if (lines.length > 0 && longer.length + 2 <= width) lines[lines.length - 1] = longer;
    else lines.push(lines.length === 0 ? part : " ".repeat(BELOW) + part);
  }
  return lines.join(" \\\n");
}

function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? DEFAULT_COLUMNS;
  const line = " ".repeat(INDENTATION) + term;
  if (description === "") return line;
  const start = INDENTATION + termWidth + GAP;
  if (width - start < LEAST_DESCRIPTION) return `${line}\n${below(description, helper, width)}`;
  return line.padEnd(start) + helper.boxWrap(description, width - start).replaceAll("\n", `\n${" ".repeat(start)}`);
}

function below(text: string, helper: Help, width: number): string {
  return helper.boxWrap(text, width - BELOW).replaceAll(/^/gm, " ".repeat(BELOW));
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
