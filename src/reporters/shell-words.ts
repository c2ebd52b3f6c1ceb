import { forTerminal } from "../text/sanitize.ts";

/** Foreign text inside a comment, which ends with its line: escaped text has no line ends. */
export function comment(text: string): string {
  return forTerminal(text);
}

/** Quotes for a POSIX shell (XCU 2.2.2): nothing is special between single quotes but the quote itself. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
