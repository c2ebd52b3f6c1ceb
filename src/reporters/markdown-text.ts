import { forTerminal, MAX_TEXT } from "../text/sanitize.ts";

/**
 * Renders untrusted text as a code span, in which Markdown interprets nothing: no links, no HTML, no @mentions, no #123. Its fence is
 * longer than any run of backticks inside (CommonMark, "Code spans"), and `|` is escaped as GFM tables require.
 */
export function codeSpan(text: string, max = MAX_TEXT): string {
  const shown = forTerminal(text, max);
  if (shown === "") return "(empty)";
  const runs = shown.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  // parsers strip one space at both ends; without it a backtick at an end would extend the fence
  const padding = /^[` ]|[` ]$/.test(shown) ? " " : "";
  return fence + padding + escapePipes(shown) + padding + fence;
}

/** Renders cells that already are Markdown as `| a | b |`. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Renders the first two lines of a table. */
export function tableHead(titles: readonly string[]): readonly string[] {
  return [tableRow(titles), `|${" --- |".repeat(titles.length)}`];
}

/** After a backslash, parsers disagree on `\|`, so the character is shown by its code there. */
function escapePipes(text: string): string {
  return text.replaceAll(/(?<=\\)\|/g, String.raw`\u{7c}`).replaceAll("|", String.raw`\|`);
}
