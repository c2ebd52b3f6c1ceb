import type { ForeignNote, Place } from "../model/foreign.ts";
import type { ItemSettings } from "./items/foreign-file.ts";
import type { TagElement } from "./selection/tag-elements.ts";
import type { Unit } from "./unit.ts";

/** An entry of images.yaml. */
export type ImportedEntry = {
  readonly source: string;
  /** At least one. */
  readonly targets: readonly string[];
  readonly elements: readonly TagElement[];
  readonly settings: ItemSettings;
  /** Lines of the files that it was made from, in their order. */
  readonly lines: readonly LineRange[];
  readonly notes: readonly ForeignNote[];
};

export type LineRange = { readonly file: string; readonly first: number; readonly last: number };

/** Groups tags by their source, settings and list of targets. The time grows with the number of units, and not faster. */
export function groupUnits(units: readonly Unit[], notes: readonly ForeignNote[]): readonly ImportedEntry[] {
  const sources = groupBy(units, ({ source, settings }) => JSON.stringify([source, settings]));
  // what is left out is at no entry
  const kept = notes.filter(({ isLoss }) => !isLoss);
  const notesAt = new Map(groupBy(kept, keyOfNote).map((same) => [keyOfNote(same[0]), same]));
  return sources.flatMap((ofSource) => {
    const elements = groupBy(ofSource, ({ element }) => JSON.stringify(element));
    const entries = groupBy(elements, (same) =>
      JSON.stringify([...new Set(same.map(({ target }) => target))].toSorted()),
    );
    return entries.map((parts) => toEntry(parts, notesAt));
  });
}

function toEntry(
  parts: readonly (readonly Unit[])[],
  notesAt: ReadonlyMap<string, readonly ForeignNote[]>,
): ImportedEntry {
  const all = parts.flat();
  const [first] = all;
  if (first === undefined) throw new Error("an entry without units");
  return {
    source: first.source,
    targets: [...new Set(all.map(({ target }) => target))],
    elements: mergeRenames(parts.flatMap(([unit]) => (unit === undefined ? [] : [unit.element]))),
    settings: first.settings,
    lines: lineRanges(all),
    notes: notesOf(all, notesAt),
  };
}

/** Names of one source tag are one element. */
function mergeRenames(elements: readonly TagElement[]): readonly TagElement[] {
  const merged = new Map<string, TagElement>();
  for (const element of elements) {
    const key = "from" in element ? element.from : JSON.stringify(element);
    const before = merged.get(key);
    const isRepeated = before !== undefined && "from" in before && "from" in element;
    merged.set(key, isRepeated ? { from: before.from, to: [...new Set([...before.to, ...element.to])] } : element);
  }
  return [...merged.values()];
}

/** Items that follow each other in a file are one range. */
function lineRanges(units: readonly Unit[]): readonly LineRange[] {
  const ranges: { file: string; first: number; last: number; order: number }[] = [];
  for (const { place, lastLine, order } of units.toSorted((one, other) => one.order - other.order)) {
    const before = ranges.at(-1);
    if (before !== undefined && before.file === place.file && order - before.order <= 1) {
      before.last = Math.max(before.last, lastLine);
      before.order = order;
    } else {
      ranges.push({ file: place.file, first: place.line, last: lastLine, order });
    }
  }
  return ranges.map(({ file, first, last }) => ({ file, first, last }));
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return [...groups.values()];
}

/** Notes about the lines of the units, each text once. */
function notesOf(units: readonly Unit[], notesAt: ReadonlyMap<string, readonly ForeignNote[]>): readonly ForeignNote[] {
  const found = new Map<string, ForeignNote>();
  if (notesAt.size === 0) return [];
  for (const { place, lastLine } of units) {
    for (let line = place.line; line <= lastLine; line += 1) {
      for (const note of notesAt.get(keyOf({ file: place.file, line })) ?? []) {
        if (!found.has(note.what)) found.set(note.what, note);
      }
    }
  }
  return [...found.values()];
}

function keyOfNote(note: ForeignNote | undefined): string {
  return note === undefined ? "" : keyOf(note.place);
}

function keyOf({ file, line }: Place): string {
  return `${file}:${line}`;
}
