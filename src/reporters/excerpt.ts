import type { Diagnostic } from "../model/error.ts";
import { escapeAlways, findCommandEnds } from "../text/sanitize.ts";
import { displayWidth } from "./words/width.ts";
import { type Escape, escapeFor, type RenderOptions } from "./words/options.ts";

const DEFAULT_COLUMNS = 120;
const MIN_WIDTH = 20;
const TAB = "  ";

type Cell = { readonly text: string; readonly width: number };

/**
 * Renders the source line of a finding with a line of carets under it. A gutter with the line number comes first, so that the user's text
 * never starts an output line. Long lines are cut on both sides of the carets.
 */
export function renderExcerpt(
  { excerpt, position, length = 1 }: Pick<Diagnostic, "excerpt" | "position" | "length">,
  options: RenderOptions,
): readonly string[] {
  if (excerpt === undefined) return [];
  const number = String(position.line);
  const gutter = ` ${number} | `;
  const width = Math.max(MIN_WIDTH, (options.columns ?? DEFAULT_COLUMNS) - gutter.length);
  const { line, carets } = cut(splitCells(excerpt, { start: position.column - 1, length }, escapeFor(options)), width);
  return [(gutter + line).trimEnd(), ` ${" ".repeat(number.length)} | ${options.style.red(carets)}`];
}

type Cells = { readonly before: readonly Cell[]; readonly marked: readonly Cell[]; readonly after: readonly Cell[] };

function splitCells(
  excerpt: string,
  { start, length }: { readonly start: number; readonly length: number },
  escape: Escape,
): Cells {
  const from = Math.max(0, start);
  const to = from + Math.max(1, length);
  // a CI command may start before the marked part and end in it
  const commandEnds = findCommandEnds(excerpt);
  const toCells = (text: string, offset: number): readonly Cell[] => {
    let at = offset;
    return Array.from(text, (character) => {
      const isCommandEnd = commandEnds.has(at);
      at += character.length;
      return toCell(character, isCommandEnd ? escapeAlways : escape);
    });
  };
  return {
    before: toCells(excerpt.slice(0, from).padEnd(from), 0),
    marked: toCells(excerpt.slice(from, to), from),
    after: toCells(excerpt.slice(to), to),
  };
}

function toCell(character: string, escape: Escape): Cell {
  const text = character === "\t" ? TAB : escape(character);
  return { text, width: displayWidth(text) };
}

/** Cuts the line so that the first marked character is visible, with a third of the width before it. */
function cut({ before, marked, after }: Cells, width: number): { readonly line: string; readonly carets: string } {
  const room = width - 2; // for `…` on both sides
  const isLong = total([...before, ...marked, ...after]) > width;
  const left = isLong ? takeEnd(before, Math.max(Math.floor(room / 3), room - total([...marked, ...after]))) : before;
  const middle = isLong ? takeStart(marked, room - total(left)) : marked;
  const right = isLong ? takeStart(after, room - total(left) - total(middle)) : after;
  const isCutLeft = left.length < before.length;
  const isCutRight = middle.length + right.length < marked.length + after.length;
  const prefix = isCutLeft ? "…" : "";
  const line = prefix + join(left) + join(middle) + (middle.length < marked.length ? "" : join(right));
  const carets = " ".repeat(prefix.length + total(left)) + "^".repeat(Math.max(1, total(middle)));
  return { line: (line + (isCutRight ? "…" : "")).trimEnd(), carets };
}

function takeStart(cells: readonly Cell[], width: number): readonly Cell[] {
  let used = 0;
  const end = cells.findIndex((cell) => (used += cell.width) > width);
  return end < 0 ? cells : cells.slice(0, end);
}

function takeEnd(cells: readonly Cell[], width: number): readonly Cell[] {
  return takeStart(cells.toReversed(), width).toReversed();
}

function total(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

function join(cells: readonly Cell[]): string {
  return cells.map(({ text }) => text).join("");
}
