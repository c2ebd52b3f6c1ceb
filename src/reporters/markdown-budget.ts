import { Buffer } from "node:buffer";
import { formatCount } from "./words/format.ts";

/** A part of a document that can be cut: rows are dropped from its end, and a line shows how many. */
export type Section = {
  /** Lines before the first row; included only if at least one row fits. */
  readonly head: readonly string[];
  readonly rows: readonly string[];
  readonly tail?: readonly string[];
  /** Details that repeat what other sections summarise: fitted last, and named like this if not a single row fits. */
  readonly details?: (count: number) => string;
};

/** A document: its start and end are never cut. */
export type Document = {
  readonly start: readonly string[];
  readonly sections: readonly Section[];
  readonly end: readonly string[];
};

const WHY = "left out: a comment cannot hold more";
/** Space for a line that counts what was left out. */
const REST = Buffer.byteLength(`\nthe digests and sources of 1,000,000,000 tags are ${WHY}\n`);

/** Fits a document into `limit` bytes: start and end, then as much of the sections as fits, in their order, details last. */
export function fitSections({ start, sections, end }: Document, limit: number): readonly string[] {
  // what is dropped as a whole is counted on at most two lines
  let left = limit - sizeOf(start) - sizeOf(end) - 2 * REST;
  const fitted = new Map<Section, readonly string[]>();
  const byWeight = [...sections.filter((one) => !isDetail(one)), ...sections.filter(isDetail)];
  const rest: string[] = [];
  let dropped = 0;
  for (const section of byWeight) {
    const kept = fit(section, left);
    const lines = kept === 0 ? [] : render(section, kept);
    left -= sizeOf(lines);
    fitted.set(section, lines);
    if (kept > 0) continue;
    if (section.details === undefined) dropped += section.rows.length;
    else rest.push("", `${section.details(section.rows.length)} are ${WHY}`);
  }
  if (dropped > 0) rest.unshift("", restLine(dropped));
  return [...start, ...sections.flatMap((section) => fitted.get(section) ?? []), ...rest, ...end];
}

function isDetail({ details }: Section): boolean {
  return details !== undefined;
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
  return `and ${formatCount(count)} more, ${WHY}`;
}

/** Size in bytes, with a newline after each line. It is never less than the number of characters, so it satisfies limits in either unit. */
function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
