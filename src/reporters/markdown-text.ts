import { forTerminal, MAX_TEXT } from "../text/sanitize.ts";
import type { Phrase } from "./words/phrase.ts";

/**
 * Renders untrusted text as a code span, in which Markdown interprets nothing: no links, no HTML, no @mentions, no #123. Its fence is
 * longer than any run of backticks inside (CommonMark, "Code spans"). In a table, use {@link codeCell}.
 */
export function codeSpan(text: string, max = MAX_TEXT): string {
  return fence(forTerminal(text, max), (shown) => shown);
}

/** Like {@link codeSpan}, for a cell of a table: `|` is escaped, as GFM tables require also in code spans. */
export function codeCell(text: string, max = MAX_TEXT): string {
  return fence(forTerminal(text, max), escapePipes);
}

/** Renders a phrase; its own words are taken as Markdown. */
export function phrase(parts: Phrase): string {
  return parts.map((part) => (typeof part === "string" ? part : codeSpan(part.code))).join("");
}

/** Renders cells that already are Markdown as `| a | b |`. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Renders the first two lines of a table. */
export function tableHead(titles: readonly string[]): readonly string[] {
  return [tableRow(titles), `|${" --- |".repeat(titles.length)}`];
}

function fence(shown: string, escape: (text: string) => string): string {
  if (shown === "") return "(empty)";
  const runs = shown.match(/`+/g) ?? [];
  const ticks = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  // parsers strip one space at both ends; without it a backtick at an end would extend the fence
  const padding = /^[` ]|[` ]$/.test(shown) ? " " : "";
  return ticks + padding + escape(shown) + padding + ticks;
}

/** After a backslash, parsers disagree on `\|`, so the character is shown by its code there. */
function escapePipes(text: string): string {
  return text.replaceAll(/(?<=\\)\|/g, String.raw`\u{7c}`).replaceAll("|", String.raw`\|`);
}
