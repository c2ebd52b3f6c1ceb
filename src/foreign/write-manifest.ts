import { Document, type Pair, type Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { ForeignNote } from "../model/foreign.ts";
import { clean } from "../text/sanitize.ts";
import { defined } from "../model/defined.ts";
import type { ItemSettings } from "./items/foreign-file.ts";
import type { ImportedEntry, LineRange } from "./group.ts";
import type { Imported } from "./import-files.ts";
import type { TagElement } from "./selection/tag-elements.ts";

/** Formats the entries as the text of an images.yaml. Comments say where each comes from, and what is not carried over. */
export function writeManifest({ files, entries, notes, plainHttp }: Imported): string {
  const root = new YAMLMap();
  const document = new Document<YAMLMap>(root);
  const shared = sharedSettings(entries);
  document.commentBefore = commentLines(
    headerOf(
      files.map(({ file, format }) => `${file} (${format.title})`),
      entries,
      notes,
    ),
  );
  root.add(document.createPair("version", 1));
  if (plainHttp.length > 0) {
    const hosts = Object.fromEntries(plainHttp.map((host) => [host, { plainHttp: true }]));
    root.add(spaced(document.createPair("registries", hosts)));
  }
  if (Object.keys(shared).length > 0) {
    const pair = spaced(document.createPair("defaults", shared));
    if (shared.referrers === false)
      comment(pair, ["The imported files copy no signatures. Remove this line to copy them with their images."]);
    root.add(pair);
  }
  const images = new YAMLSeq();
  for (const [at, entry] of entries.entries()) {
    const node = document.createNode(entryValue(entry, shared)) as YAMLMap;
    node.commentBefore = commentLines([formatLines(entry.lines), ...entry.notes.map(describeNote)]);
    node.spaceBefore = at > 0;
    images.items.push(node);
  }
  root.add(spaced(document.createPair("images", images)));
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

type Shared = { readonly referrers?: false; readonly optional?: true };

/** Settings that all entries have become defaults. */
function sharedSettings(entries: readonly ImportedEntry[]): Shared {
  const all = entries.map(({ settings }) => settings);
  if (all.length === 0) return {};
  const areKnown =
    all.every(({ referrers }) => referrers !== undefined) && all.some(({ referrers }) => referrers === false);
  return defined({
    referrers: areKnown ? (false as const) : undefined,
    optional: all.length > 1 && all.every(({ isOptional }) => isOptional === true) ? (true as const) : undefined,
  });
}

function entryValue({ source, targets, elements, settings }: ImportedEntry, shared: Shared): object {
  const { isOptional, platforms, referrers, backup, schedule }: ItemSettings = settings;
  return defined({
    source,
    target: targets.length === 1 ? targets[0] : targets,
    optional: isOptional === true && shared.optional !== true ? true : undefined,
    platforms,
    referrers: referrers === shared.referrers ? undefined : referrers,
    backup,
    schedule,
    tags: elements.map(elementValue),
  });
}

function elementValue(element: TagElement): unknown {
  if ("from" in element) {
    const { from, to } = element;
    if (to.length === 1 && to[0] === from) return from;
    return { from, to: to.length === 1 ? to[0] : to };
  }
  const exclude = "exclude" in element ? element.exclude : undefined;
  const excluded = exclude?.map(({ regex }) => ({ regex: escaped(regex) }));
  return defined({
    ...element,
    ...("regex" in element ? { regex: escaped(element.regex) } : {}),
    ...("pattern" in element && element.pattern !== undefined ? { pattern: escaped(element.pattern) } : {}),
    exclude: excluded === undefined ? undefined : excluded.length === 1 ? excluded[0] : excluded,
  });
}

/** A dollar sign before a brace or another one would be a variable. */
function escaped(pattern: string): string {
  return pattern.replaceAll(/\$(?=[${])/g, "$$$$");
}

function headerOf(
  names: readonly string[],
  entries: readonly ImportedEntry[],
  notes: readonly ForeignNote[],
): readonly string[] {
  const placed = new Set(entries.flatMap((entry) => entry.notes));
  const others = notes.filter((note) => !placed.has(note));
  const texts = new Map<string, ForeignNote[]>();
  const inEntries = new Set([...placed].map(({ what }) => what));
  for (const note of others) {
    if (inEntries.has(note.what)) continue;
    const text = `${note.what}: ${note.instead}`;
    texts.set(text, [...(texts.get(text) ?? []), note]);
  }
  const lines = [...texts].map(([text, same]) => {
    const places = new Map(
      same.map(({ place: { file, line } }) => [`${file}:${line}`, { file, first: line, last: line }]),
    );
    return `  ${formatLines([...places.values()])}: ${text}`;
  });
  return [`Imported from ${names.join(", ")}.`, ...(lines.length === 0 ? [] : ["Not carried over:", ...lines])];
}

function describeNote({ what, instead }: ForeignNote): string {
  return `not carried over: ${what}: ${instead}`;
}

/** More lines than this are only counted. */
const MAX_RANGES = 6;

/** `regsync.yml:3-9, 14`. */
export function formatLines(ranges: readonly LineRange[]): string {
  let before: string | undefined;
  const texts = ranges.slice(0, MAX_RANGES).map(({ file, first, last }) => {
    const lines = first === last ? String(first) : `${first}-${last}`;
    const text = file === before ? lines : `${file}:${lines}`;
    before = file;
    return text;
  });
  const more = ranges.length - MAX_RANGES;
  return more > 0 ? `${texts.join(", ")} and ${more} more` : texts.join(", ");
}

function commentLines(lines: readonly string[]): string {
  return lines.map((line) => ` ${oneLine(line)}`).join("\n");
}

/** Text of the files must not end the comment, or a line of a terminal. */
function oneLine(text: string): string {
  return clean(text, 1000).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
}

function spaced(pair: Pair): Pair {
  (pair.key as Scalar).spaceBefore = true;
  return pair;
}

function comment(pair: Pair, lines: readonly string[]): void {
  (pair.key as Scalar).commentBefore = commentLines(lines);
}
