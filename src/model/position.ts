/**
 * A place in one of the user's files. `file` is relative to the current folder, `line` and `column` count from 1, the
 * column in characters.
 */
export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** Files are named relative to the folder of whoever read them, which may be another one now: their names must do. */
export function isSamePlace(one: Position, other: Position): boolean {
  return one.line === other.line && one.column === other.column && nameOf(one.file) === nameOf(other.file);
}

/** `images.yaml:6:5`, the form that terminals and editors turn into a link. */
export function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

function nameOf(file: string): string {
  return file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
}
