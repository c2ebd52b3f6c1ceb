import { posix } from "node:path";
import { importsOf, withoutTextAndComments } from "./source.ts";

/** Path from the repository's root to text. */
export type SourceTree = ReadonlyMap<string, string>;

/** Which floor each part of src/ is on. A part uses only floors below its own, and itself. */
const FLOORS: Readonly<Record<string, number>> = {
  cli: 8,
  "index.ts": 8,
  app: 7,
  executor: 6,
  planner: 5,
  copy: 5,
  stores: 5,
  programs: 5,
  credentials: 6,
  "products/api": 5,
  load: 6,
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

/** Packages that have one home. */
const HOMES: readonly (readonly [name: string, home: string])[] = [
  ["execa", "src/programs/exec.ts"],
  ["undici", "src/http/"],
  ["listr2", "src/reporters/"],
  ["cosmiconfig", "src/settings/"],
];

/** Parts that compute and touch nothing, and the built-in modules that are no effect. */
const PURE = ["src/planner/", "src/manifest/", "src/selectors/", "src/documents/", "src/model/"];
/** node:vm alone can give up a regular expression; what does not take long is the same every time. */
const PURE_BUILTINS: ReadonlySet<string> = new Set(["node:crypto", "node:util", "node:vm"]);
const EFFECTS = /\bfetch\s*\(|\bDate\.now\b|\bnew Date\(\)|\bset(?:Timeout|Interval)\s*\(|\bMath\.random\b|\bDeno\b/;

/** Arguments, environment, streams and the current folder of the process belong to cli/ alone. */
const PROCESS_WORLD = /\bprocess\s*\??\.\s*(?:env|argv|stdin|stdout|stderr|cwd|chdir|exitCode|exit)\b|\bconsole\s*\./;
const PROCESS_IMPORT =
  /import\s*\{[^}]*\b(?:env|argv|stdin|stdout|stderr|cwd|chdir|exit)\b[^}]*\}\s*from\s*["'](?:node:)?process["']/;
/** The use cases, which run inside other programs, use nothing of the process at all. */
const PROCESS_FREE = ["src/app/", "src/index.ts"];
const ANY_PROCESS = /\bprocess\s*\??\.|\bhomedir\s*\(/;
const ANY_PROCESS_IMPORT = /from\s*["'](?:node:)?process["']/;

/** What programs import: the one file that only exports. */
const PUBLIC_API = "src/index.ts";

const MAX_LINES = 250;
const GENERATED = "/generated/";

/** Every breach of the rules as `PATH: what is wrong`. */
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

/** The file that a relative import means, from the repository's root. */
export function resolveImport(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function checkPlace(path: string, text: string): readonly string[] {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const isGenerated = path.includes(GENERATED);
  return [
    ...(FLOORS[partOf(path)] === undefined ? [`"${partOf(path)}" has no floor`] : []),
    ...(posix.basename(path) === "index.ts" && path !== PUBLIC_API ? ["is a barrel"] : []),
    ...(/\/utils?\//.test(path) ? ["lies in a util folder"] : []),
    ...(lines > MAX_LINES && !isGenerated ? [`has ${lines} lines, more than ${MAX_LINES}`] : []),
  ];
}

function checkImport(path: string, specifier: string, tree: SourceTree): readonly string[] {
  if (!specifier.startsWith(".")) return [...checkPackage(path, specifier), ...checkPurity(path, specifier)];
  if (!/\.(?:ts|js|json)$/.test(specifier)) return [`the import of "${specifier}" lacks its ending`];
  const target = resolveImport(path, specifier);
  if (!target.startsWith("src/")) return [];
  if (target.endsWith(".ts") && !tree.has(target)) return [`imports "${specifier}", which is not there`];
  const [from, to] = [partOf(path), partOf(target)];
  const [floor, below] = [FLOORS[from] ?? 0, FLOORS[to] ?? 0];
  if (from === to || below < floor || FLOORS[from] === undefined) return [];
  return [`${from} is on floor ${floor} and may not import ${to} on floor ${below}`];
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

/** The folder of a file. The facts about all products are one, and their APIs another, although each product has both. */
export function folderOf(path: string): string {
  return partOf(path).startsWith("products/") ? `src/${partOf(path)}` : posix.dirname(path);
}

/** `planner` of `src/planner/diff.ts`, `exec.ts` of `src/programs/exec.ts`; a product has one part for each of its two floors. */
function partOf(path: string): string {
  const part = path.split("/")[1] ?? "";
  if (part !== "products") return part;
  return isProductApi(path) ? "products/api" : "products/facts";
}

/** What asks a product's API lies in its api.ts or a folder api/; everything else about it is facts. */
function isProductApi(path: string): boolean {
  return /\/api(?:\.ts$|\/)/.test(path);
}
