/** Returns the lines of a table and an empty line; no lines without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line), ""];
}

/** Parts of a text that are code: placeholders in angle brackets or braces, and words in capitals with underscores. */
const CODE = /`[^`]*`|"[^"]*"|\$?\{[^}]*\}|\[[^\]]*\]|<[^>]*>|\*+/g;

/** Returns plain text as a cell: nothing in it is Markdown, except for code. */
export function cell(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(CODE, (part) => (part.startsWith("`") ? part : `\`${part}\``))
    .replaceAll("|", "\\|");
}
