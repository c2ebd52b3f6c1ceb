import { displayWidth } from "./width.ts";

/** A column of a table. A cell is a list of parts: a line may end after each of them. */
export type Column = { readonly title: string; readonly cells: readonly (readonly string[])[] };

export type RenderedColumns = {
  /** The title line first. */
  readonly lines: readonly string[];
  /** Whether the table fits, and whether cells with several parts had to go on in further lines. */
  readonly fits: "without-breaks" | "with-breaks" | "not";
};

const GAP = "  ";
/** A column of parts is not made narrower than this, unless all of its cells are. */
const LEAST_WIDTH = 16;

/** Renders a table. The cells with several parts, of which there is one column, take the space that the others leave. */
export function renderColumns(columns: readonly Column[], width: number): RenderedColumns {
  const natural = columns.map(({ title, cells }) => widest([[title], ...cells].map((parts) => parts.join(""))));
  const over = sum(natural) + GAP.length * (columns.length - 1) - width;
  const broken = columns.findIndex(({ cells }) => cells.some((parts) => parts.length > 1));
  const room = (natural[broken] ?? 0) - over;
  const least = Math.max(LEAST_WIDTH, ...(columns[broken]?.cells ?? []).map(widest));
  const fits = over <= 0 ? "without-breaks" : broken >= 0 && room >= least ? "with-breaks" : "not";
  const limits = natural.map((own, at) => (at === broken && over > 0 ? Math.max(least, room) : own));
  const filled = columns.map(({ cells }, at) => cells.map((parts) => fill(parts, limits[at] ?? 0)));
  const widths = columns.map(({ title }, at) => widest([title, ...(filled[at] ?? []).flat()]));
  const rows = Array.from({ length: columns[0]?.cells.length ?? 0 }, (_, row) =>
    filled.map((cells) => cells[row] ?? []),
  );
  const lines = rows.flatMap((cells) =>
    Array.from({ length: Math.max(...cells.map((each) => each.length)) }, (_, line) =>
      cells.map((each) => each[line] ?? ""),
    ),
  );
  const all = [columns.map(({ title }) => title), ...lines];
  return {
    fits,
    lines: all.map((cells) =>
      cells
        .map((cell, at) => pad(cell, widths[at] ?? 0))
        .join(GAP)
        .trimEnd(),
    ),
  };
}

/** Joins as many parts as fit on each line, and at least one. */
function fill(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = `${lines.at(-1) ?? ""}${part}`;
    if (lines.length > 0 && displayWidth(line) <= width) lines[lines.length - 1] = line;
    else lines.push(part);
  }
  return lines;
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - displayWidth(cell)));
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
