import { memberOf } from "../model/json.ts";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isInside } from "../files/is-inside.ts";
import { isThere } from "../files/is-there.ts";
import { readTextFile } from "../files/read-text-file.ts";
import type { RawLayer } from "./config-layer.ts";
import { ConfigError, type ConfigProblem } from "./config-problem.ts";
import { ownFile } from "./own-file.ts";
import { type ConfigDocument, MAX_CONFIG_BYTES, parseConfigText } from "./config-text.ts";
import { defined } from "../model/defined.ts";
import { formatLimit } from "../model/size.ts";

const CODE_EXTENSIONS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];
const DATA_EXTENSIONS = [".yaml", ".yml", ".json"];
const NAMES = [
  ".imgsyncrc",
  ...[...DATA_EXTENSIONS, ...CODE_EXTENSIONS].map((end) => `.imgsyncrc${end}`),
  ...[...DATA_EXTENSIONS, ...CODE_EXTENSIONS].map((end) => `imgsync.config${end}`),
];
/** Files in which cosmiconfig looks for its own settings, regardless of its options. It loads and runs whatever they refer to. */
const COSMICONFIG_FILES = [
  ...[...DATA_EXTENSIONS, ...CODE_EXTENSIONS].map((end) => `.config/config${end}`),
  "package.yaml",
];
const MAX_PACKAGE_BYTES = 4 * 1024 * 1024;

export type Search = {
  readonly layer?: RawLayer;
  readonly warnings: readonly ConfigProblem[];
};

/**
 * Looks for a config file in the current folder, which may be an untrusted checkout: no code in it is run, and no file outside of it is
 * read. cosmiconfig is not called at all if the folder contains settings for cosmiconfig itself: before it applies our options, it runs
 * `.config/config.js` and any code that a `$import` in its data files refers to. It looks for them in the working directory of the process,
 * so `folder` has to be that directory.
 */
export async function searchFolder(folder: string): Promise<Search> {
  const packageKeys = await readPackageKeys(join(folder, "package.json"));
  const names = await existing(folder, NAMES);
  if (names.length === 0 && !packageKeys.includes("imgsync")) return { warnings: [] };
  const obstacle = await findObstacle(folder, packageKeys);
  if (obstacle !== undefined) return { warnings: [skipped(names[0] ?? "package.json", obstacle)] };
  await checkFiles(folder, names);
  const layer = await search(folder);
  return { warnings: [], ...defined({ layer }) };
}

async function existing(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(names.map(async (name) => ((await isThere(join(folder, name))) ? [name] : [])));
  return found.flat();
}

/** Returns the keys of package.json; `cosmiconfig` if it cannot be read or parsed. */
async function readPackageKeys(path: string): Promise<readonly string[]> {
  const read = await readTextFile(path, MAX_PACKAGE_BYTES);
  if ("problem" in read) return read.isMissing && !(await isThere(path)) ? [] : ["cosmiconfig"];
  try {
    const value: unknown = JSON.parse(read.text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? Object.keys(value) : ["cosmiconfig"];
  } catch {
    return ["cosmiconfig"];
  }
}

async function findObstacle(folder: string, packageKeys: readonly string[]): Promise<string | undefined> {
  if (packageKeys.includes("cosmiconfig")) return "package.json cannot be read, or has the key cosmiconfig";
  const [own] = await existing(folder, COSMICONFIG_FILES);
  return own === undefined ? undefined : `there is ${own}`;
}

function skipped(name: string, obstacle: string): ConfigProblem {
  return {
    place: name,
    message: `not read: ${obstacle}, through which a search for config files could be made to run code`,
    hint: `name the file with --config FILE, or put the settings in ${ownFile()}`,
  };
}

/** A link out of the folder would reveal the content of its target in an error. */
async function checkFiles(folder: string, names: readonly string[]): Promise<void> {
  const root = await realpath(folder);
  for (const name of names) {
    const target = await realpath(join(folder, name)).catch(() => undefined);
    const found = target === undefined ? undefined : await stat(target);
    const problem =
      target === undefined || found === undefined || !isInside(root, target)
        ? "leads out of the folder, or nowhere"
        : fileProblem(found);
    if (problem !== undefined) throw new ConfigError([{ place: name, message: `the file ${problem}` }]);
  }
}

function fileProblem(found: { isFile: () => boolean; size: number }): string | undefined {
  if (!found.isFile()) return "is not a file";
  return found.size > MAX_CONFIG_BYTES ? `has more than ${formatLimit(MAX_CONFIG_BYTES)}` : undefined;
}

async function search(folder: string): Promise<RawLayer | undefined> {
  const { cosmiconfig } = await import("cosmiconfig");
  const documents = new Map<string, ConfigDocument>();
  const load = async (path: string): Promise<unknown> => {
    // cosmiconfig has read it as UTF-8, whatever its encoding
    const text = await readText(path);
    const document = basename(path) === "package.json" ? parsePackage(text) : parseConfigText(text, basename(path));
    refuseImport(document);
    documents.set(path, document);
    return basename(path) === "package.json" ? { imgsync: document.value } : document.value;
  };
  const explorer = cosmiconfig("imgsync", {
    searchStrategy: "none",
    searchPlaces: [...NAMES, "package.json"],
    cache: false,
    loaders: {
      ...Object.fromEntries(CODE_EXTENSIONS.map((end) => [end, refuseCode])),
      ...Object.fromEntries(DATA_EXTENSIONS.map((end) => [end, load])),
      noExt: load,
    },
  });
  const result = await explorer.search(folder);
  const document = result === null ? undefined : documents.get(result.filepath);
  if (result === null || document === undefined) return undefined;
  return { kind: "found", folder: dirname(result.filepath), path: result.filepath, ...document };
}

async function readText(path: string): Promise<string> {
  const isPackage = basename(path) === "package.json";
  const read = await readTextFile(path, isPackage ? MAX_PACKAGE_BYTES : MAX_CONFIG_BYTES);
  if ("problem" in read) throw new ConfigError([{ place: basename(path), message: `the file ${read.problem}` }]);
  return read.text;
}

function parsePackage(text: string): ConfigDocument {
  const value: unknown = JSON.parse(text);
  const imgsync = memberOf(value, "imgsync");
  return { value: imgsync, placeOf: (path) => ["package.json: imgsync", ...path].join(".") };
}

function refuseImport({ value, placeOf }: ConfigDocument): void {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "$import")) return;
  throw new ConfigError([
    { place: placeOf(["$import"]), message: "config files cannot import others", hint: "take $import out" },
  ]);
}

function refuseCode(path: string): never {
  throw new ConfigError([
    {
      place: basename(path),
      message: "config files are data, and this one is code, which was not run",
      hint: "write it as YAML: .imgsyncrc.yaml or imgsync.config.yaml",
    },
  ]);
}
