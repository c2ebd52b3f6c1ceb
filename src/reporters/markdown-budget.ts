import { Buffer } from "node:buffer";
import { formatCount } from "./words/format.ts";

/** A part of a document that can be cut: rows are dropped from its end, and a line shows how many. */
export type Section = {
  /** Lines before the first row; included only if at least one row fits. */
  readonly head: readonly string[];
  readonly rows: readonly string[];
  readonly tail?: readonly string[];
  /** Fitted last, and dropped without being counted if no row fits. */
  readonly isFold?: boolean;
};

/** Space for the line that counts what was left out. */
const REST = Buffer.byteLength("\nand 1,000,000,000 more, left out: a comment cannot hold more\n");

/**
 * Fits a document into `limit` bytes: always `start`, then as much of the sections as fits, in their order. Folds are fitted last, because
 * they are the least important.
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

/** Returns the number of rows that fit. */
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

/** Size in bytes, with a newline after each line. It is never less than the number of characters, so it satisfies limits in either unit. */
function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
