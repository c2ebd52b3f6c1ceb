import type { Place, SelectionDifference } from "../model/foreign.ts";
import { formatRepository, isDigestTag, isProblem, parseReference } from "../model/reference.ts";
import type { Entry, SyncManifest, TagMapping } from "../model/sync-manifest.ts";
import { literalFor } from "../selectors/selector-names.ts";
import { select } from "../selectors/select.ts";
import type { ForeignItem } from "./items/foreign-file.ts";
import type { ReadFile } from "./import-files.ts";
import { resolveValues, type Values } from "./items/read-image.ts";
import { needsTags, selectForeign } from "./selection/select-foreign.ts";

/** The tags of a repository, or why they are not known. */
export type TagListing = { readonly tags: ReadonlySet<string> } | { readonly problem: string };

export type Comparison = {
  readonly differences: readonly SelectionDifference[];
  /** Copies that both declare. */
  readonly same: number;
  /** Parts that could not be compared. */
  readonly unknown: readonly UnknownPart[];
  /** Tags that stand for a digest, which the other tool copies as tags and imgsync with their images. */
  readonly digestTags: number;
};

export type UnknownPart = { readonly source: string; readonly place: Place; readonly problem: string };

/** Returns the source repositories whose tags decide what is selected, on either side. */
export function repositoriesToList(
  files: readonly ReadFile[],
  manifest: SyncManifest,
  values: Values,
): readonly string[] {
  const foreign = files.flatMap(({ items }) =>
    items
      .filter((item) => needsTags(item) && !item.source.endsWith("/**"))
      .map(({ source }) => resolved(source, values)),
  );
  const ours = manifest.entries.flatMap((entry) =>
    entry.source.kind === "registry" && entry.tags.some((mapping) => dependsOnTags(entry, mapping))
      ? [formatRepository(entry.source.repository)]
      : [],
  );
  return [...new Set([...foreign, ...ours])].toSorted();
}

/** Compares what files of other tools copy with what images.yaml does, tag by tag. */
export function compareSelections(
  files: readonly ReadFile[],
  manifest: SyncManifest,
  { listOf, values }: { readonly listOf: (repository: string) => TagListing; readonly values: Values },
): Comparison {
  const unknown: UnknownPart[] = [];
  const foreign: Copies = new Map();
  const digestTags = new Set<string>();
  for (const item of files.flatMap(({ items }) => items)) {
    const isPattern = item.source.endsWith("/**");
    const source = isPattern ? item.source : resolved(item.source, values);
    const listing = isPattern ? { problem: "patterns over repositories are not compared" } : listOf(source);
    const found = copiesOf(item, needsTags(item) ? listing : NO_TAGS);
    if ("problem" in found) {
      unknown.push({ source, place: item.place, problem: found.problem });
      continue;
    }
    for (const { from, to } of found.copies) {
      const name =
        from.digest === undefined ? `${source}:${resolveValues(from.tag ?? "", values)}` : `${source}@${from.digest}`;
      if (from.tag !== undefined && isDigestTag(from.tag)) digestTags.add(name);
      else
        addCopies(foreign, {
          name,
          to: resolveValues(to, values),
          targets: targetsOf(item, values),
          place: item.place,
        });
    }
  }
  const ours: Copies = new Map();
  for (const entry of manifest.entries) addEntry(ours, entry, listOf, unknown);
  return { ...differencesOf(foreign, ours, unknown), unknown, digestTags: digestTags.size };
}

/** The places of each copy, by source and target. */
type Copies = Map<string, { readonly source: string; readonly target: string; readonly places: Place[] }>;

const NO_TAGS: TagListing = { tags: new Set<string>() };

function copiesOf(item: ForeignItem, listing: TagListing): ReturnType<typeof selectForeign> {
  return "problem" in listing ? listing : selectForeign(item, listing.tags);
}

function addCopies(
  copies: Copies,
  { name, to, targets, place }: { name: string; to: string; targets: readonly string[]; place: Place },
): void {
  for (const repository of targets) {
    const target = `${repository}:${to}`;
    const key = `${name} ${target}`;
    const known = copies.get(key);
    if (known === undefined) copies.set(key, { source: name, target, places: [place] });
    else known.places.push(place);
  }
}

function addEntry(
  copies: Copies,
  entry: Entry,
  listOf: (repository: string) => TagListing,
  unknown: UnknownPart[],
): void {
  if (entry.source.kind !== "registry") return;
  const source = formatRepository(entry.source.repository);
  const targets = entry.targets.map(({ repository }) => formatRepository(repository));
  for (const mapping of entry.tags) {
    const { position } = mapping;
    const listing = dependsOnTags(entry, mapping) ? listOf(source) : NO_TAGS;
    if ("problem" in listing) {
      unknown.push({ source, place: position, problem: listing.problem });
      continue;
    }
    const literals =
      mapping.kind === "literal"
        ? [mapping].filter(({ from }) => !dependsOnTags(entry, mapping) || listing.tags.has(from.tag ?? ""))
        : select([...listing.tags], mapping).selected.map((tag) => literalFor(mapping, tag));
    for (const { from, to, templates = [] } of literals) {
      const name = from.digest === undefined ? `${source}:${from.tag ?? ""}` : `${source}@${from.digest}`;
      for (const tag of [...to, ...templates]) addCopies(copies, { name, to: tag, targets, place: position });
    }
  }
}

function dependsOnTags({ optional }: Entry, mapping: TagMapping): boolean {
  return mapping.kind === "selector" || (optional && mapping.from.digest === undefined);
}

/** Copies of sources that could not be compared are left out. */
function differencesOf(
  foreign: Copies,
  ours: Copies,
  unknown: readonly UnknownPart[],
): Pick<Comparison, "differences" | "same"> {
  const skipped = new Set(unknown.map(({ source }) => source));
  const isKnown = (source: string): boolean => skipped.size === 0 || !skipped.has(source.replace(/[@:][^/]*$/, ""));
  const missing = [...foreign].filter(([key, { source }]) => !ours.has(key) && isKnown(source));
  const added = [...ours].filter(([key, { source }]) => !foreign.has(key) && isKnown(source));
  const differences: SelectionDifference[] = [
    ...missing.map(([, copy]) => differenceOf(copy, "foreign")),
    ...added.map(([, copy]) => differenceOf(copy, "imgsync")),
  ];
  return {
    differences: differences.toSorted(
      (one, other) => compareText(one.target, other.target) || compareText(one.source, other.source),
    ),
    same: [...foreign.keys()].filter((key) => ours.has(key)).length,
  };
}

function differenceOf(
  { source, target, places }: Omit<SelectionDifference, "only">,
  only: SelectionDifference["only"],
): SelectionDifference {
  return { source, target, only, places };
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function targetsOf({ targets = [] }: ForeignItem, values: Values): readonly string[] {
  return targets.map((target) => resolved(target, values));
}

/** Returns the normalised repository with the values of its variables. */
function resolved(written: string, values: Values): string {
  if (!written.includes("${")) return written;
  const text = resolveValues(written, values);
  const parsed = parseReference(text);
  return isProblem(parsed) ? text : formatRepository(parsed.repository);
}
