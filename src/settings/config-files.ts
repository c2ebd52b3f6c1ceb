import { dirname, extname, resolve } from "node:path";
import { readTextFile } from "../files/read-text-file.ts";
import { pathsOf, type System, thisSystem } from "../files/system.ts";
import type { RawLayer } from "./config-layer.ts";
import { ConfigError } from "./config-problem.ts";
import { MAX_CONFIG_BYTES, parseConfigText } from "./config-text.ts";

const EXTENSIONS = ["", ".yaml", ".yml", ".json"];

/** Reads the file of `--config FILE`. There is no search, and no code is run. */
export async function layerOfFile(file: string, folder: string): Promise<RawLayer> {
  const path = resolve(folder, file);
  if (!EXTENSIONS.includes(extname(path)) && !path.endsWith("rc")) throw notData(file);
  const layer = await readLayer("file", path, file);
  if (layer === undefined) throw new ConfigError([{ place: file, message: "there is no such file" }]);
  return layer;
}

export type HomeOptions = {
  readonly home: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The system whose places are searched: this one by default. */
  readonly system?: System;
};

/** Reads the first of the user's own files. */
export async function layerOfHome(options: HomeOptions): Promise<RawLayer | undefined> {
  for (const path of homePaths(options)) {
    const layer = await readLayer("home", path, shorten(path, options));
    if (layer !== undefined) return layer;
  }
  return undefined;
}

/**
 * Returns the paths of the user's own files, in lookup order: `$XDG_CONFIG_HOME/imgsync/config.*`, then `~/.imgsyncrc*`. Without that
 * variable, the first folder is `~/.config`, or `%APPDATA%` on Windows.
 */
export function homePaths({ home, environment, system = thisSystem() }: HomeOptions): readonly string[] {
  const paths = pathsOf(system);
  const inHome = (...parts: readonly string[]): string | undefined =>
    home === undefined ? undefined : paths.join(home, ...parts);
  const usual = system === "windows" ? environment["APPDATA"] || inHome("AppData", "Roaming") : inHome(".config");
  const folder = environment["XDG_CONFIG_HOME"] || usual;
  return [
    ...(folder === undefined
      ? []
      : [".yaml", ".yml", ".json"].map((end) => paths.join(folder, "imgsync", `config${end}`))),
    ...(home === undefined ? [] : EXTENSIONS.map((end) => paths.join(home, `.imgsyncrc${end}`))),
  ];
}

async function readLayer(kind: "file" | "home", path: string, name: string): Promise<RawLayer | undefined> {
  const read = await readTextFile(path, MAX_CONFIG_BYTES);
  if (!("problem" in read)) return { kind, folder: dirname(path), path, ...parseConfigText(read.text, name) };
  if (read.isMissing) return undefined;
  throw new ConfigError([{ place: name, message: `the file ${read.problem}` }]);
}

function notData(file: string): ConfigError {
  const hint = "write it as .yaml or .json; imgsync runs no code from config files";
  return new ConfigError([{ place: file, message: `"${extname(file)}" is not a kind of config file`, hint }]);
}

function shorten(path: string, { home, system = thisSystem() }: HomeOptions): string {
  const paths = pathsOf(system);
  const inside = home === undefined ? "" : paths.relative(home, path);
  return inside === "" || inside.startsWith("..") || paths.isAbsolute(inside) ? path : `~${paths.sep}${inside}`;
}
