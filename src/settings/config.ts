import { realpath } from "node:fs/promises";
import {
  type ConfigFlags,
  layerOfEnvironment,
  layerOfFlags,
  unknownVariables,
  type Variables,
} from "./config-arguments.ts";
import { layerOfFile, layerOfHome } from "./config-files.ts";
import { checkLayer, type Layer, type RawLayer } from "./config-layer.ts";
import { CONFIG_VARIABLE } from "./config-names.ts";
import { ConfigError, type ConfigProblem } from "./config-problem.ts";
import type { ConfigFile } from "../schema/generated/config.ts";
import type { ConfigPath } from "./config-text.ts";
import { type Search, searchFolder } from "./config-search.ts";
import { mergeSettings, type Settings } from "./settings.ts";

export type ConfigOptions = {
  readonly flags: ConfigFlags;
  readonly environment: Variables;
  /** The current folder, which is searched for config files. */
  readonly cwd: string;
  /** The user's home folder; undefined if there is none. */
  readonly home: string | undefined;
};

export type LoadedSettings = { readonly settings: Settings; readonly warnings: readonly ConfigProblem[] };

/**
 * Loads the user's settings. Flags come first, then the environment, then `--config FILE` or a file found in the current folder, then the
 * file in the home folder. A found file may only set what affects speed and appearance.
 * @throws ConfigError with all findings of all sources
 */
export async function loadSettings({ flags, environment, cwd: folder, home }: ConfigOptions): Promise<LoadedSettings> {
  const own = await layerOfHome({ home, environment });
  const file = flags.config ?? (environment[CONFIG_VARIABLE] || undefined);
  const search = file === undefined ? await searchFolder(folder) : await readGiven(file, folder);
  const isOwn = await isSameFile(own, search.layer);
  const layers = await checkLayers([
    layerOfFlags(flags, folder),
    layerOfEnvironment(environment, folder),
    ...(search.layer === undefined || isOwn ? [] : [search.layer]),
    ...(own === undefined ? [] : [own]),
  ]);
  return { settings: mergeSettings(layers), warnings: [...search.warnings, ...unknownVariables(environment)] };
}

/**
 * Returns the settings that a program passes as a value, in the form of a config file. Relative paths are relative to `folder`.
 * @throws ConfigError with all findings
 */
export async function settingsOf(value: ConfigFile, folder: string): Promise<Settings> {
  const placeOf = (path: ConfigPath): string => ["settings", ...path].join(".");
  return mergeSettings(await checkLayers([{ kind: "file", folder, value, placeOf }]));
}

async function readGiven(file: string, folder: string): Promise<Search> {
  return { layer: await layerOfFile(file, folder), warnings: [] };
}

async function checkLayers(raw: readonly RawLayer[]): Promise<readonly Layer[]> {
  const checked = await Promise.all(raw.map(checkLayer));
  const problems = checked.flatMap((layer) => ("kind" in layer ? [] : layer));
  if (problems.length > 0) throw new ConfigError(problems);
  return checked.flatMap((layer) => ("kind" in layer ? [layer] : []));
}

/** In the home folder, the user's own file is also the found one. */
async function isSameFile(own: RawLayer | undefined, found: RawLayer | undefined): Promise<boolean> {
  if (own?.path === undefined || found?.path === undefined) return false;
  return (await realpath(own.path)) === (await realpath(found.path));
}
