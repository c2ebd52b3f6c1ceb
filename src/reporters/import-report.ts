import type { ForeignNote, Place, SelectionDifference } from "../model/foreign.ts";
import { flowFinding } from "./words/finding.ts";
import { formatCount, plural } from "./words/format.ts";
import { type Escape, escapeFor, type RenderOptions } from "./words/options.ts";

/** The result of an import, without the manifest itself. */
export type ImportReport = {
  readonly files: readonly { readonly file: string; readonly title: string; readonly items: number }[];
  readonly entries: number;
  readonly tags: number;
  readonly notes: readonly ForeignNote[];
};

/** The result of comparing files of other tools with images.yaml. */
export type CheckReport = {
  readonly differences: readonly SelectionDifference[];
  readonly same: number;
  readonly unknown: readonly { readonly source: string; readonly place: Place; readonly problem: string }[];
  readonly digestTags: number;
  readonly repositories: number;
};

/** Renders what was read, and what is not carried over. */
export function renderImport({ files, entries, tags, notes }: ImportReport, options: RenderOptions): string {
  const escape = escapeFor(options);
  const read = files.map(({ file, title, items }) => `read ${escape(file)}: ${title}, ${plural(items, "item")}`);
  const lost = notes.filter(({ isLoss }) => isLoss);
  const others = notes.filter(({ isLoss }) => !isLoss);
  return [
    ...read,
    ...section("images that are left out or differ:", lost, options),
    ...section("not carried over:", others, options),
    `${plural(entries, "entry", "entries")}, ${plural(tags, "tag or selector", "tags and selectors")}`,
    "",
  ].join("\n");
}

/** Renders the differences tag by tag, and how many copies are the same. */
export function renderCheck(report: CheckReport, options: RenderOptions): string {
  const escape = escapeFor(options);
  const { differences, unknown, same, digestTags, repositories } = report;
  const lines = differences.map(({ target, source, only, places }) => {
    const name = only === "foreign" ? options.style.red("missing") : options.style.yellow("added  ");
    return `  ${name}  ${escape(target)}  from ${escape(source)}  ${formatPlaces(places, escape)}`;
  });
  const problems = unknown.map(
    ({ source, place, problem }) =>
      `  unknown  ${escape(source)}  ${escape(problem)}  ${formatPlaces([place], escape)}`,
  );
  const missing = differences.filter(({ only }) => only === "foreign").length;
  const parts = [
    `${formatCount(same)} the same`,
    ...(missing === 0 ? [] : [`${formatCount(missing)} missing in the manifest`]),
    ...(missing === differences.length ? [] : [`${formatCount(differences.length - missing)} only in the manifest`]),
    ...(unknown.length === 0 ? [] : [`${formatCount(unknown.length)} not compared`]),
  ];
  const lists = repositories === 0 ? "" : `, with the tags of ${plural(repositories, "repository", "repositories")}`;
  return [
    ...lines,
    ...problems,
    ...(digestTags === 0
      ? []
      : [`${plural(digestTags, "signature tag")} left out: imgsync copies them with their images`]),
    `tags: ${parts.join(", ")}${lists}`,
    "",
  ].join("\n");
}

/** Notes with the same text share their lines. */
function section(title: string, notes: readonly ForeignNote[], options: RenderOptions): readonly string[] {
  if (notes.length === 0) return [];
  const escape = escapeFor(options);
  const groups = new Map<string, { readonly note: ForeignNote; readonly places: Place[] }>();
  for (const note of notes) {
    const key = JSON.stringify([note.what, note.instead]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { note, places: [note.place] });
    else group.places.push(note.place);
  }
  const lines = [...groups.values()].flatMap(({ note, places }) =>
    flowFinding(
      { head: `  ${formatPlaces(places, escape)}: `, parts: [escape(note.what)], hint: note.instead },
      options,
      4,
    ),
  );
  return [title, ...lines];
}

/** More places than this are only counted. */
const MAX_PLACES = 3;

function formatPlaces(all: readonly Place[], escape: Escape): string {
  const places = [...new Map(all.map((place) => [`${place.file}:${place.line}`, place])).values()];
  let before: string | undefined;
  const shown = places.slice(0, MAX_PLACES).map(({ file, line }) => {
    const text = file === before ? String(line) : `${escape(file)}:${line}`;
    before = file;
    return text;
  });
  const more = places.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${formatCount(more)} more` : shown.join(", ");
}
