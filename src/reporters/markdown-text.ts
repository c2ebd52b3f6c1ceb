import { forTerminal, MAX_TEXT } from "../text/sanitize.ts";

/**
 * Foreign text as a code span, the one place where Markdown obeys nothing: no links, no HTML, no @mentions, no #123. Its fence is longer than
 * any run of backticks inside (CommonMark, "Code spans"), and a table's `|` is escaped as GFM tables want it.
 */
export function codeSpan(text: string, max = MAX_TEXT): string {
  const shown = forTerminal(text, max);
  if (shown === "") return "(empty)";
  const runs = shown.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  // one blank at both ends is taken away again; without it a backtick there would make the fence longer
  const padding = /^[` ]|[` ]$/.test(shown) ? " " : "";
  return fence + padding + escapePipes(shown) + padding + fence;
}

/** `| a | b |` of cells that are Markdown already. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** The first two lines of a table. */
export function tableHead(titles: readonly string[]): readonly string[] {
  return [tableRow(titles), `|${" --- |".repeat(titles.length)}`];
}

/** After a backslash parsers differ in what `\|` means, so there it is shown by its number. */
function escapePipes(text: string): string {
  return text.replaceAll(/(?<=\\)\|/g, String.raw`\u{7c}`).replaceAll("|", String.raw`\|`);
}
