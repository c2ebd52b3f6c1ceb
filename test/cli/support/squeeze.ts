/** Returns the text with each run of spaces as one, to compare tables without the widths of their columns. */
export function squeeze(text: string): string {
  return text.replaceAll(/ {2,}/g, " ");
}
