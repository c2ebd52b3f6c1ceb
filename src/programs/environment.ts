import { isFixedPath, pathsOf, type System } from "../files/system.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that change how programs load, and imgsync's own. Threats T10 and T11. */
const WITHHELD = /^(?:LD|DYLD|IMGSYNC)_/i;

/** Without it, cmd.exe and thus batch files look for programs in the current folder, which may be an untrusted checkout. */
const NO_CURRENT_FOLDER: Environment = { NoDefaultCurrentDirectoryInExePath: "1" };

/** Returns a variable. Windows ignores the case of names, and usually names the PATH `Path`. */
export function variableOf(environment: Environment, name: string, system: System): string | undefined {
  if (system === "posix") return environment[name];
  const wanted = name.toUpperCase();
  return Object.entries(environment).find(([key, value]) => key.toUpperCase() === wanted && value !== undefined)?.[1];
}

/** Returns the folders of the PATH, without empty and relative ones, which mean the current folder. */
export function foldersOfPath(path: string | undefined, system: System): readonly string[] {
  return (path ?? "")
    .split(pathsOf(system).delimiter)
    .map((folder) => (system === "windows" ? folder.replace(/^"(.*)"$/, "$1") : folder))
    .filter((folder) => isFixedPath(folder, system));
}

/** Returns the environment of a program: `added` overrides `base`, and `undefined` removes a variable. */
export function childEnvironment(base: Environment, added: Environment, system: System): Record<string, string> {
  const merged = new Map<string, readonly [name: string, value: string]>();
  const last: Environment = system === "windows" ? NO_CURRENT_FOLDER : {};
  for (const [name, value] of [base, added, last].flatMap((one) => Object.entries(one))) {
    const key = system === "windows" ? name.toUpperCase() : name;
    merged.delete(key);
    if (value === undefined || WITHHELD.test(name)) continue;
    const isPath = key === "PATH";
    merged.set(key, [name, isPath ? foldersOfPath(value, system).join(pathsOf(system).delimiter) : value]);
  }
  return Object.fromEntries(merged.values());
}
