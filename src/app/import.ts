import { inParallel } from "../async/in-parallel.ts";
import { readTextFile } from "../files/read-text-file.ts";
import { compareSelections, repositoriesToList, type TagListing } from "../foreign/compare.ts";
import type { Format } from "../foreign/formats/format.ts";
import { FORMATS, formatNamed } from "../foreign/formats/table.ts";
import {
  importFiles,
  type ImportOptions,
  type ImportProblem,
  readFiles,
  type WrittenFile,
} from "../foreign/import-files.ts";
import type { Values } from "../foreign/items/read-image.ts";
import { type Paths, PATHS, prefixProblem } from "../foreign/target-names.ts";
import { writeManifest } from "../foreign/write-manifest.ts";
import { PARSE_LIMITS } from "../manifest/parse/parse-limits.ts";
import { ImgsyncError, toErrorDetails } from "../model/error.ts";
import { parseObject } from "../model/json.ts";
import { isProblem, parseRepository } from "../model/reference.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import type { CheckReport, ImportReport } from "../reporters/import-report.ts";
import type { Session } from "./session/session.ts";

/** The values of `--from` and `--paths`. */
export const FORMAT_NAMES: readonly string[] = FORMATS.map(({ name }) => name);
export const PATH_NAMES: readonly string[] = Object.keys(PATHS);

/** The flags of an import, as written. */
export type ImportRequest = {
  readonly from?: string | undefined;
  readonly target?: string | undefined;
  readonly paths?: string | undefined;
  readonly values: Values;
};

export type ImportResult = { readonly manifest: string; readonly report: ImportReport };

/**
 * Converts files of other tools to the text of an images.yaml.
 * @throws ImgsyncError USAGE if a format or a target is missing, MANIFEST_INVALID if a file cannot be read as its format
 */
export function importManifest(files: readonly WrittenFile[], request: ImportRequest): ImportResult {
  const imported = importFiles(files, readOptions(request));
  if ("problem" in imported) throw importError(imported);
  return {
    manifest: writeManifest(imported),
    report: {
      files: imported.files.map(({ file, format, items }) => ({ file, title: format.title, items: items.length })),
      entries: imported.entries.length,
      tags: imported.entries.reduce((sum, { elements }) => sum + elements.length, 0),
      notes: imported.notes,
    },
  };
}

/** The tags of source repositories: recorded in a file, or read from registries. */
export type TagSource =
  | { readonly kind: "recorded"; readonly tags: ReadonlyMap<string, readonly string[]>; readonly name: string }
  | { readonly kind: "registries"; readonly session: Pick<Session, "registries" | "settings" | "world"> };

/**
 * Compares what files of other tools copy with what a manifest does.
 * @throws ImgsyncError like {@link importManifest}
 */
export async function checkImport(
  files: readonly WrittenFile[],
  manifest: SyncManifest,
  { source, ...request }: ImportRequest & { readonly source: TagSource },
): Promise<CheckReport> {
  const read = readFiles(files, readOptions(request));
  if ("problem" in read) throw importError(read);
  const { values } = request;
  const repositories = repositoriesToList(read, manifest, values);
  const listings = await listAll(repositories, source);
  const unlisted: TagListing = { problem: "its tags are not known" };
  const listOf = (repository: string): TagListing => listings.get(repository) ?? unlisted;
  return { ...compareSelections(read, manifest, { listOf, values }), repositories: repositories.length };
}

/**
 * Reads recorded tags: a JSON object with the list of tags of each repository.
 * @throws ImgsyncError USAGE
 */
export async function readRecordedTags(path: string, name: string): Promise<TagSource> {
  const read = await readTextFile(path, PARSE_LIMITS.bytes);
  if ("problem" in read) throw tagsError(`"${name}" ${read.problem}`);
  const recorded = parseObject(read.text);
  if (recorded === undefined) throw tagsError(`"${name}" is not a JSON object`);
  const tags = new Map<string, readonly string[]>();
  for (const [repository, list] of recorded) {
    const parsed = parseRepository(repository);
    if (isProblem(parsed) || !isTextList(list)) throw tagsError(`"${name}" has no list of tags for "${repository}"`);
    tags.set(`${parsed.host}/${parsed.path}`, list);
  }
  return { kind: "recorded", tags, name };
}

async function listAll(repositories: readonly string[], source: TagSource): Promise<ReadonlyMap<string, TagListing>> {
  if (source.kind === "recorded") {
    return new Map(
      repositories.map((name): [string, TagListing] => {
        const tags = source.tags.get(name);
        return [
          name,
          tags === undefined ? { problem: `its tags are not in "${source.name}"` } : { tags: new Set(tags) },
        ];
      }),
    );
  }
  const { registries, settings, world } = source.session;
  const found = new Map<string, TagListing>();
  await inParallel(settings.concurrency, repositories, async (name) => {
    found.set(name, await listOne(name, registries, world.signal));
  });
  return found;
}

async function listOne(name: string, { client }: Session["registries"], signal: AbortSignal): Promise<TagListing> {
  const repository = parseRepository(name);
  if (isProblem(repository)) return { problem: repository.problem };
  try {
    const list = await client.reader.listTags(repository, { signal });
    return list === undefined ? { problem: "the repository does not exist" } : { tags: new Set(list.tags) };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { problem: toErrorDetails(thrown).message };
  }
}

/** @throws ImgsyncError USAGE */
function readOptions({ from, target, paths, values }: ImportRequest): ImportOptions {
  const format: Format | undefined = from === undefined ? undefined : formatNamed(from);
  const problem = target === undefined ? undefined : prefixProblem(target);
  if (problem !== undefined)
    throw usage(`--target: ${problem}`, "write HOST/PATH, such as registry.example.com/mirror");
  return { format, target, paths: isPaths(paths) ? paths : undefined, values };
}

function isPaths(text: string | undefined): text is Paths {
  return text !== undefined && Object.hasOwn(PATHS, text);
}

function importError({ problem, hint }: ImportProblem): ImgsyncError {
  return usage(problem, hint);
}

function tagsError(message: string): ImgsyncError {
  return usage(message, 'write JSON such as { "registry.example.com/app": ["1.27.3", "1.28.0"] }');
}

function usage(message: string, hint: string): ImgsyncError {
  return new ImgsyncError({ code: "USAGE", message, hint });
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
