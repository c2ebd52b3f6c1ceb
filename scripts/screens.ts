import { mkdir, rm, writeFile } from "node:fs/promises";
import { FOLDER, renderScreens } from "./screens/screens.ts";

/** Writes what commands show on terminals of several widths to test/reporters/screens, where a test compares it. */
const screens = await renderScreens();
await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
for (const [name, text] of screens) await writeFile(`${FOLDER}${name}`, text);
