import { Buffer } from "node:buffer";
import { formatCount } from "./words/format.ts";

/** A part of a document that may be cut: rows are dropped from its end, and it is told how many. */
export type Section = {
  /** Lines before the first row; they end up in the document only where at least one row does. */
  readonly head: readonly string[];
  readonly rows: readonly string[];
  readonly tail?: readonly string[];
  /** Shown in place of nothing where not even one row fits, and counted in the rest. */
  readonly isFold?: boolean;
};

/** For the line that counts what was left out. */
const REST = Buffer.byteLength("\nand 1,000,000,000 more, left out: a comment cannot hold more\n");

/**
 * Lines of a document that never has more than `limit` bytes: `start` always, then what fits of the sections in their order, folds last since
 * they are what is missed least.
 */
export function fitSections(start: readonly string[], sections: readonly Section[], limit: number): readonly string[] {
  let left = limit - sizeOf(start) - REST;
  const fitted = new Map<Section, readonly string[]>();
  const byWeight = [...sections.filter(({ isFold }) => isFold !== true), ...sections.filter(({ isFold }) => isFold)];
  let dropped = 0;
  for (const section of byWeight) {
    const kept = fit(section, left);
    const lines = kept === 0 ? [] : render(section, kept);
    left -= sizeOf(lines);
    fitted.set(section, lines);
    if (kept === 0 && section.isFold !== true) dropped += section.rows.length;
  }
  const rest = dropped === 0 ? [] : ["", restLine(dropped)];
  return [...start, ...sections.flatMap((section) => fitted.get(section) ?? []), ...rest];
}

/** How many rows there is room for. */
function fit({ head, rows, tail = [] }: Section, left: number): number {
  let used = sizeOf(head) + sizeOf(tail) + REST;
  let kept = 0;
  for (const row of rows) {
    used += sizeOf([row]);
    if (used > left) return kept;
    kept += 1;
  }
  return kept;
}

function render({ head, rows, tail = [] }: Section, kept: number): readonly string[] {
  const more = rows.length - kept;
  return [...head, ...rows.slice(0, kept), ...(more === 0 ? [] : ["", restLine(more)]), ...tail];
}

function restLine(count: number): string {
  return `and ${formatCount(count)} more, left out: a comment cannot hold more`;
}

/** Bytes with a line end each: never less than characters, whichever of the two is counted. */
function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
