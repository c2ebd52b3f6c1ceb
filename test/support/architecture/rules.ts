import { posix } from "node:path";
import { importsOf, withoutTextAndComments } from "./source.ts";

/** The text of each file, by its path from the root of the repository. */
export type SourceTree = ReadonlyMap<string, string>;

/** The layer of each part of src/. A part imports only itself and lower layers. */
const LAYERS: Readonly<Record<string, number>> = {
  cli: 8,
  "index.ts": 8,
  app: 7,
  executor: 6,
  planner: 5,
  foreign: 5,
  copy: 5,
  stores: 5,
  programs: 5,
  credentials: 6,
  "products/api": 5,
  load: 6,
  cluster: 6,
  reporters: 4,
  registry: 4,
  manifest: 4,
  settings: 4,
  documents: 3,
  selectors: 3,
  http: 3,
  text: 2,
  files: 2,
  model: 1,
  schema: 2,
  "products/facts": 2,
  async: 2,
};

/** Packages that only one file or folder may import. */
const HOMES: readonly (readonly [name: string, home: string])[] = [
  ["execa", "src/programs/exec.ts"],
  ["undici", "src/http/"],
  ["listr2", "src/reporters/"],
  ["string-width", "src/reporters/words/"],
  ["cli-truncate", "src/reporters/words/"],
  ["cosmiconfig", "src/settings/"],
];

/** Parts without side effects. */
const PURE = ["src/planner/", "src/foreign/", "src/manifest/", "src/selectors/", "src/documents/", "src/model/"];
/** Built-in modules without side effects. */
const PURE_BUILTINS: ReadonlySet<string> = new Set(["node:crypto", "node:util"]);
const EFFECTS = /\bfetch\s*\(|\bDate\.now\b|\bnew Date\(\)|\bset(?:Timeout|Interval)\s*\(|\bMath\.random\b|\bDeno\b/;

/** Only cli/ may use the arguments, environment, streams and current folder of the process. */
const PROCESS_WORLD = /\bprocess\s*\??\.\s*(?:env|argv|stdin|stdout|stderr|cwd|chdir|exitCode|exit)\b|\bconsole\s*\./;
const PROCESS_IMPORT =
  /import\s*\{[^}]*\b(?:env|argv|stdin|stdout|stderr|cwd|chdir|exit)\b[^}]*\}\s*from\s*["'](?:node:)?process["']/;
/** The use cases run inside other programs, so they use nothing of the process. */
const PROCESS_FREE = ["src/app/", "src/index.ts"];
const ANY_PROCESS = /\bprocess\s*\??\.|\bhomedir\s*\(/;
const ANY_PROCESS_IMPORT = /from\s*["'](?:node:)?process["']/;

/** The entry point of the library, the only barrel. */
const PUBLIC_API = "src/index.ts";

const MAX_LINES = 250;
const GENERATED = "/generated/";

/** Returns every violation of the rules as `PATH: PROBLEM`. */
export function checkArchitecture(tree: SourceTree): readonly string[] {
  return [...tree].flatMap(([path, text]) => {
    const imports = importsOf(text);
    const problems = [
      ...checkPlace(path, text),
      ...imports.flatMap((specifier) => checkImport(path, specifier, tree)),
      ...checkWorld(path, text),
    ];
    return problems.map((problem) => `${path}: ${problem}`);
  });
}

/** Returns the path of a relative import from the root of the repository. */
export function resolveImport(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function checkPlace(path: string, text: string): readonly string[] {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const isGenerated = path.includes(GENERATED);
  return [
    ...(LAYERS[partOf(path)] === undefined ? [`"${partOf(path)}" has no layer`] : []),
    ...(posix.basename(path) === "index.ts" && path !== PUBLIC_API ? ["is a barrel"] : []),
    ...(/\/utils?\//.test(path) ? ["is in a util folder"] : []),
    ...(lines > MAX_LINES && !isGenerated ? [`has ${lines} lines, more than ${MAX_LINES}`] : []),
  ];
}

function checkImport(path: string, specifier: string, tree: SourceTree): readonly string[] {
  if (!specifier.startsWith(".")) return [...checkPackage(path, specifier), ...checkPurity(path, specifier)];
  if (!/\.(?:ts|js|json)$/.test(specifier)) return [`the import of "${specifier}" lacks its ending`];
  const target = resolveImport(path, specifier);
  if (!target.startsWith("src/")) return [];
  if (target.endsWith(".ts") && !tree.has(target)) return [`imports "${specifier}", which does not exist`];
  const [from, to] = [partOf(path), partOf(target)];
  const [layer, below] = [LAYERS[from] ?? 0, LAYERS[to] ?? 0];
  if (from === to || below < layer || LAYERS[from] === undefined) return [];
  return [`${from} is in layer ${layer} and may not import ${to} in layer ${below}`];
}

function checkPackage(path: string, specifier: string): readonly string[] {
  const home = HOMES.find(([name]) => specifier === name || specifier.startsWith(`${name}/`));
  return home === undefined || path.startsWith(home[1]) ? [] : [`only ${home[1]} may import ${home[0]}`];
}

function checkPurity(path: string, specifier: string): readonly string[] {
  const isEffect = specifier.startsWith("node:") && !PURE_BUILTINS.has(specifier);
  return isEffect && isPure(path) ? [`must be pure but imports ${specifier}`] : [];
}

function checkWorld(path: string, text: string): readonly string[] {
  if (path.startsWith("src/cli/") || path.includes(GENERATED)) return [];
  const code = withoutTextAndComments(text);
  const isFree = PROCESS_FREE.some((place) => path.startsWith(place));
  const world =
    PROCESS_WORLD.exec(code)?.[0] ??
    PROCESS_IMPORT.exec(text)?.[0] ??
    (isFree ? (ANY_PROCESS.exec(code)?.[0] ?? ANY_PROCESS_IMPORT.exec(text)?.[0]) : undefined);
  const effect = isPure(path) ? EFFECTS.exec(code)?.[0] : undefined;
  return [
    ...(world === undefined ? [] : [`uses "${world}", which belongs to cli/`]),
    ...(effect === undefined ? [] : [`must be pure but uses "${effect}"`]),
  ];
}

function isPure(path: string): boolean {
  return PURE.some((folder) => path.startsWith(folder)) || partOf(path) === "products/facts";
}

/** Returns the folder of a file. The facts about all products count as one folder and their APIs as another. */
export function folderOf(path: string): string {
  return partOf(path).startsWith("products/") ? `src/${partOf(path)}` : posix.dirname(path);
}

/** Returns `planner` for `src/planner/diff.ts`; a product has two parts, one for each of its layers. */
function partOf(path: string): string {
  const part = path.split("/")[1] ?? "";
  if (part !== "products") return part;
  return isProductApi(path) ? "products/api" : "products/facts";
}

/** Whether a file of a product uses its API, which only api.ts and files in api/ do. */
function isProductApi(path: string): boolean {
  return /\/api(?:\.ts$|\/)/.test(path);
}
