import assert from "node:assert/strict";
import { compareSelections, type Comparison, type TagListing } from "../../src/foreign/compare.ts";
import { type Imported, importFiles, type ImportOptions, readFiles } from "../../src/foreign/import-files.ts";
import type { TagElement } from "../../src/foreign/selection/tag-elements.ts";
import { writeManifest } from "../../src/foreign/write-manifest.ts";
import { formatNamed } from "../../src/foreign/formats/table.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";

export type Options = Partial<Omit<ImportOptions, "format">> & { readonly from?: string; readonly file?: string };

export const TARGET = "registry.example.com/mirror";

/** Imports one file, or several by name. Its result is a valid manifest. */
export function imported(text: string | Readonly<Record<string, string>>, options: Options = {}): Imported {
  const { from, file = "file", ...rest } = options;
  const files =
    typeof text === "string"
      ? [{ file, text }]
      : Object.entries(text).map(([name, one]) => ({ file: name, text: one }));
  const found = importFiles(files, {
    values: new Map(),
    format: from === undefined ? undefined : formatNamed(from),
    ...rest,
  });
  if ("problem" in found) throw new Error(`${found.problem}; ${found.hint}`);
  manifestOf(writeManifest(found), variablesOf(found));
  return found;
}

/** Parses an images.yaml, which must have no findings. */
export function manifestOf(text: string, variables: ReadonlyMap<string, string> = new Map()): SyncManifest {
  const { manifest, diagnostics } = assemble(parseFile(text, { file: "images.yaml", variables, isRoot: true }), []);
  assert.deepEqual(
    diagnostics.filter(({ message }) => !message.includes("declares no images")).map(({ message }) => message),
    [],
    text,
  );
  assert.ok(manifest);
  return manifest;
}

/** Each entry as `SOURCE -> TARGETS: ELEMENTS`, with its settings. */
export function entriesOf({ entries }: Imported): readonly string[] {
  return entries.map(({ source, targets, elements, settings }) => {
    const shown = Object.entries(settings).filter(([key]) => key !== "referrers");
    const suffix = shown.length === 0 ? "" : ` ${JSON.stringify(Object.fromEntries(shown))}`;
    return `${source} -> ${targets.join(", ")}: ${elements.map(elementText).join(", ")}${suffix}`;
  });
}

export function notesOf({ notes }: Imported): readonly string[] {
  return notes.map(({ place, what, isLoss }) => `${isLoss ? "lost" : "note"} ${place.line}: ${what}`);
}

/** Imports, and compares the result with the tool's own selection over these tags. */
export function compared(
  text: string,
  tags: Readonly<Record<string, readonly string[]>>,
  options: Options = {},
): Comparison {
  const { from, file = "file", ...rest } = options;
  const values = options.values ?? new Map<string, string>();
  const importOptions = { values, format: from === undefined ? undefined : formatNamed(from), ...rest };
  const files = readFiles([{ file, text }], importOptions);
  assert.ok(!("problem" in files));
  const manifest = manifestOf(writeManifest(imported(text, options)), values);
  const listOf = (repository: string): TagListing => {
    const list = tags[repository];
    return list === undefined ? { problem: "unknown" } : { tags: new Set(list) };
  };
  return compareSelections(files, manifest, { listOf, values });
}

function elementText(element: TagElement): string {
  if (!("from" in element)) return JSON.stringify(element);
  const { from, to } = element;
  return to.length === 1 && to[0] === from ? from : `${from} as ${to.join("+")}`;
}

/** A value for each variable that the notes name. */
export function variablesOf({ notes }: Imported): ReadonlyMap<string, string> {
  return new Map(
    notes.flatMap(({ what }) => {
      const name = /^the value of (\w+)/.exec(what)?.[1];
      return name === undefined ? [] : [[name, "value.example.com"] as const];
    }),
  );
}
