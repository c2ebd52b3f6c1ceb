import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { blockNames } from "./blocks.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { withStage } from "./stage.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export type Page = { readonly path: string; readonly text: string };

/** Returns README.md and the pages under docs/ that show output of a scenario. */
export async function readPages(): Promise<readonly Page[]> {
  const names = (await readdir(`${ROOT}docs`)).filter((name) => name.endsWith(".md")).toSorted();
  const paths = ["README.md", ...names.map((name) => `docs/${name}`)].map((path) => `${ROOT}${path}`);
  const pages = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, "utf8") })));
  return pages.filter(({ text }) => blockNames(text).length > 0);
}

/** Returns the outputs of a scenario by block name: `SCENARIO/BLOCK`. */
export async function playScenario({ name, options, play }: Scenario): Promise<ReadonlyMap<string, string>> {
  const texts = await withStage(play, options);
  return new Map(Object.entries(texts).map(([block, text]) => [`${name}/${block}`, text]));
}

/** Plays one scenario after another: each starts programs, and concurrent scenarios would compete for ports. */
export async function playAll(): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const scenario of SCENARIOS) for (const [name, text] of await playScenario(scenario)) texts.set(name, text);
  return texts;
}
