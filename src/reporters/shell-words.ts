import { forTerminal } from "../text/sanitize.ts";

/** Escapes untrusted text for a comment, which ends with its line: escaped text has no newlines. */
export function comment(text: string): string {
  return forTerminal(text);
}

/** Quotes for a POSIX shell (XCU 2.2.2): between single quotes, only the single quote is special. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
