import { fileURLToPath } from "node:url";
import { apply } from "./apply.ts";
import { doctor } from "./doctor.ts";
import { help } from "./help.ts";
import { list } from "./list.ts";
import { plan } from "./plan.ts";

export const FOLDER = fileURLToPath(new URL("../../test/reporters/screens/", import.meta.url));
export const WIDTHS = [60, 80, 120] as const;

/** Returns what is on a terminal of this many columns, with fixed times and digests and without colours. */
export type Scene = (columns: number) => Promise<string>;

const SCENES: Readonly<Record<string, Scene>> = { plan, apply, list, doctor, help };

/** Returns the text of each screen by its file name: `plan-60.txt`. */
export async function renderScreens(): Promise<ReadonlyMap<string, string>> {
  const screens = new Map<string, string>();
  for (const [name, scene] of Object.entries(SCENES))
    for (const columns of WIDTHS) screens.set(`${name}-${columns}.txt`, await scene(columns));
  return screens;
}
