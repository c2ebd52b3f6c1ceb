/** A position in one of the user's files. `file` is relative to the current folder. `line` and `column` count from 1, in characters. */
export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** Files are relative to the folder that was current when they were read, which may have changed since. Only base names can be compared. */
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
