import { forTerminal, splitCommands } from "./sanitize.ts";

/** Foreign text inside a comment, which ends with its line: escaped text has no line ends. */
export function comment(text: string): string {
  return forTerminal(text);
}

/**
 * Quotes for a POSIX shell (XCU 2.2.2): nothing is special between single quotes but the quote itself. A quote that ends and begins
 * again leaves the word as it is, and no command to a CI system in a script that a log shows.
 */
export function quote(text: string): string {
  const split = splitCommands(text.replaceAll("'", String.raw`'\''`), "''");
  return /^[A-Za-z0-9_./:@-]+$/.test(split) ? split : `'${split}'`;
}
