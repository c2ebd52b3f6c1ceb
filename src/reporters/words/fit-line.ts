import cliTruncate from "cli-truncate";

/** Returns the text if it fits, otherwise its beginning and `…`. It keeps its styling. */
export function fitLine(text: string, columns: number): string {
  return Number.isFinite(columns) ? cliTruncate(text, columns) : text;
}
