import type { Diagnostic } from "../../model/error.ts";
import type { Position } from "../../model/position.ts";
import { defined } from "../../model/defined.ts";

/** The text of one file, indexed for positions. */
export type SourceText = {
  /** The name in diagnostics, relative to the current folder. */
  readonly file: string;
  /** The name in saved plans, relative to the root file's folder. */
  readonly name: string;
  readonly text: string;
  /** The offset of each line start. */
  readonly lineStarts: readonly number[];
};

/** Offsets into the text, with an exclusive end. */
export type Range = readonly [start: number, end: number];

export type Finding = {
  readonly message: string;
  readonly severity?: Diagnostic["severity"];
  readonly hint?: string | undefined;
  readonly related?: Diagnostic["related"];
};

/** Longer lines are not shown, because they are not readable. */
const MAX_EXCERPT = 400;

export function createSourceText(text: string, file: string, name = file): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { file, name, text, lineStarts };
}

export function positionAt({ file, name, lineStarts }: SourceText, offset: number): Position {
  const line = lineOf(lineStarts, offset);
  const column = offset - (lineStarts[line] ?? 0) + 1;
  return { file, line: line + 1, column, ...(name === file ? {} : { name }) };
}

/** Returns a diagnostic with its position, the source line, and the marked length in that line. */
export function diagnose(source: SourceText, [start, end]: Range, finding: Finding): Diagnostic {
  const { message, severity = "error", hint, related } = finding;
  const position = positionAt(source, start);
  const excerpt = lineAt(source, position.line);
  const rest = excerpt.length - (position.column - 1);
  return {
    severity,
    message,
    position,
    ...(excerpt.length > MAX_EXCERPT ? {} : { excerpt, length: Math.max(1, Math.min(end - start, rest)) }),
    ...defined({ hint, related }),
  };
}

function lineAt({ text, lineStarts }: SourceText, line: number): string {
  const next = lineStarts[line];
  const end = next === undefined ? text.length : next - 1;
  return text.slice(lineStarts[line - 1] ?? 0, end).replace(/\r$/, "");
}

function lineOf(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
