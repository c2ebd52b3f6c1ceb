/**
 * A position in one of the user's files. `file` is relative to the folder that was current when it was read, for people. `line` and `column`
 * count from 1. A column is a UTF-16 code unit, as in editors and the Language Server Protocol, so that a link leads to the right place.
 */
export type Position = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The file relative to the folder of the root file, which identifies it wherever it is read. Absent if it is the same as `file`. */
  readonly name?: string;
};

/** Whether both are the same place of one manifest, which may have been read from different folders. */
export function isSamePlace(one: Position, other: Position): boolean {
  return one.line === other.line && one.column === other.column && nameOf(one) === nameOf(other);
}

/** `images.yaml:6:5`, the form that terminals and editors turn into a link. */
export function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

function nameOf({ file, name = file }: Position): string {
  return name;
}
