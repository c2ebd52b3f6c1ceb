import type { ForeignNote } from "../model/foreign.ts";
import { createCollector } from "./items/collect.ts";
import type { ForeignItem } from "./items/foreign-file.ts";
import type { Format } from "./formats/format.ts";
import { FORMATS } from "./formats/table.ts";
import { groupUnits, type ImportedEntry } from "./group.ts";
import { acceptUnits } from "./mappings.ts";
import { type ForeignText, readForeignText } from "./items/read-file.ts";
import { type Values, variablesIn } from "./items/read-image.ts";
import { elementsOf } from "./selection/tag-elements.ts";
import { type Paths, targetBelow } from "./target-names.ts";
import { linesOf, type Unit } from "./unit.ts";

export type WrittenFile = { readonly file: string; readonly text: string };

export type ImportOptions = {
  /** For files whose format is not recognised. */
  readonly format?: Format | undefined;
  /** Where images of files without targets go: `HOST/PATH`. */
  readonly target?: string | undefined;
  readonly paths?: Paths | undefined;
  readonly values: Values;
};

/** A file with its format and content. */
export type ReadFile = {
  readonly file: string;
  readonly format: Format;
  readonly items: readonly ForeignItem[];
  readonly notes: readonly ForeignNote[];
  readonly plainHttp: readonly string[];
};

/** Why nothing can be imported. */
export type ImportProblem = { readonly problem: string; readonly hint: string };

export type Imported = {
  readonly files: readonly ReadFile[];
  readonly entries: readonly ImportedEntry[];
  /** In the order of the files. */
  readonly notes: readonly ForeignNote[];
  readonly plainHttp: readonly string[];
};

/** Reads files of other tools. The targets of all items are known in the result. */
export function readFiles(
  written: readonly WrittenFile[],
  options: ImportOptions,
): readonly ReadFile[] | ImportProblem {
  const texts = written.map(({ file, text }) => readForeignText(text, file));
  const files: ReadFile[] = [];
  let usesTarget = false;
  for (const text of texts) {
    const format = options.format ?? recogniseFormat(text);
    if (format === undefined) return unknownFormat(text);
    if (text.problem !== undefined && format.name !== "list") return syntaxProblem(text);
    if (format.needsTarget === true && options.target === undefined) return missingTarget(text, format);
    const out = createCollector(text, options.values);
    format.read(text, out, texts);
    for (const place of format.name === "list" ? [] : text.repeatedKeys)
      out.note(place, "a key that occurs again, and counts in place of the one before", "remove one of the two");
    const [, second] = text.documents;
    if (second !== undefined && format.readsAllDocuments !== true)
      out.note(second, "the documents after the first one", "import them as files of their own if they are meant");
    const { items, notes, plainHttp } = out.content();
    usesTarget ||= format.needsTarget === true || items.some(({ targets }) => targets === undefined);
    const named = items.map((item) => nameTargets(item, format, options));
    const lost = named.flatMap((one) => ("what" in one ? [one] : []));
    files.push({
      file: text.file,
      format,
      items: named.flatMap((one) => ("what" in one ? [] : [one])),
      notes: [...notes, ...lost],
      plainHttp,
    });
  }
  const { target } = options;
  return target === undefined || usesTarget ? files : files.map((file) => withNote(file, unusedTarget(file, target)));
}

function withNote(file: ReadFile, note: ForeignNote): ReadFile {
  return { ...file, notes: [note, ...file.notes] };
}

function unusedTarget({ file }: ReadFile, target: string): ForeignNote {
  return {
    place: { file, line: 1 },
    what: `--target ${target}, because the file says where its images go`,
    instead: "change the targets in the file or in images.yaml",
    isLoss: false,
  };
}

/** Returns the format of a file by its content. */
export function recogniseFormat(text: ForeignText): Format | undefined {
  return FORMATS.find((format) => format.recognises(text));
}

/** Converts files of other tools to entries of images.yaml. */
export function importFiles(written: readonly WrittenFile[], options: ImportOptions): Imported | ImportProblem {
  const files = readFiles(written, options);
  if ("problem" in files) return files;
  const notes: ForeignNote[] = files.flatMap((one) => one.notes);
  const units: Unit[] = [];
  let order = 0;
  for (const { items, format } of files) {
    for (const item of items) {
      const { elements, losses, meant } = elementsOf(item.selection);
      for (const what of losses)
        notes.push({ place: item.place, what, instead: "write the tags of this repository by hand", isLoss: true });
      if (meant.length > 0) notes.push(meantNote(item, meant));
      const { referrers = format.omitsReferrers === true ? false : undefined } = item.settings;
      const settings = referrers === undefined ? item.settings : { ...item.settings, referrers };
      for (const target of item.targets ?? []) {
        for (const element of elements) {
          units.push({ ...linesOf(item), order, source: item.source, target, element, settings });
        }
      }
      order += 1;
    }
  }
  const accepted = acceptUnits(units);
  notes.push(...accepted.notes, ...variableNotes(accepted.units));
  return {
    files,
    entries: groupUnits(accepted.units, notes),
    notes,
    plainHttp: [...new Set(files.flatMap((one) => one.plainHttp))],
  };
}

function nameTargets(
  item: ForeignItem,
  { paths: own = "keep" }: Format,
  { target, paths = own }: ImportOptions,
): ForeignItem | ForeignNote {
  if (item.targets !== undefined) return item;
  if (target === undefined)
    return {
      place: item.place,
      what: `${item.source}, which has no target`,
      instead: "add --target HOST/PATH, or write the target, and import again",
      isLoss: true,
    };
  const found = targetBelow(target, item.source, paths);
  if (typeof found === "string") return { ...item, targets: [found] };
  const instead = "choose another --target or --paths";
  return {
    place: item.place,
    what: `${item.source}, whose target is not valid: ${found.problem}`,
    instead,
    isLoss: true,
  };
}

function meantNote({ place }: ForeignItem, meant: readonly string[]): ForeignNote {
  const more = meant.length > 3 ? ` and ${meant.length - 3} more` : "";
  return {
    place,
    what: `that a dot matches any character in ${meant.slice(0, 3).join(", ")}${more}`,
    instead: "check the tags: they are names here, with dots",
    isLoss: false,
  };
}

function variableNotes(units: readonly Unit[]): readonly ForeignNote[] {
  const found = new Map<string, ForeignNote>();
  for (const { source, target, element, place, settings } of units) {
    const { referrers } = settings;
    const others = typeof referrers === "object" ? Object.values(referrers) : [];
    const texts = [source, target, ...others, ...("from" in element ? [element.from, ...element.to] : [])];
    for (const name of texts.flatMap(variablesIn)) {
      if (found.has(name)) continue;
      found.set(name, {
        place,
        what: `the value of ${name} in the environment`,
        instead: `pass --var ${name}=VALUE, or set IMGSYNC_VAR_${name}`,
        isLoss: false,
      });
    }
  }
  return [...found.values()];
}

function unknownFormat({ file, problem, documents: [root] }: ForeignText): ImportProblem {
  if (problem !== undefined) return syntaxProblem({ file, problem });
  if (root?.kind === "map" && root.entries.has("version") && root.entries.has("images")) {
    return {
      problem: `"${file}" is an images.yaml already, or has an unknown format`,
      hint: "run imgsync validate --file FILE",
    };
  }
  return {
    problem: `the format of "${file}" is not known`,
    hint: `name it with --from: ${FORMATS.map(({ name }) => name).join(", ")}`,
  };
}

function syntaxProblem({ file, problem }: Pick<ForeignText, "file" | "problem">): ImportProblem {
  const { place, message } = problem ?? { place: { file, line: 1 }, message: "it cannot be read" };
  return {
    problem: `${place.file}:${place.line} cannot be read as YAML: ${message}`,
    hint: "correct the file, and import again",
  };
}

function missingTarget({ file }: ForeignText, { title }: Format): ImportProblem {
  return {
    problem: `"${file}" (${title}) does not say where the images go`,
    hint: "add --target HOST/PATH, and --paths flatten, keep or scoped",
  };
}
