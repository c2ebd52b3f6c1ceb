/**
 * A place in one of the user's files. `file` is relative to the current folder, `line` and `column` count from 1, the
 * column in characters.
 */
export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** `images.yaml:6:5`, the form that terminals and editors turn into a link. */
export function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}
