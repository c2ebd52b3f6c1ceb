import { readFile } from "node:fs/promises";
import { fillUpstream } from "../../../demo/content.ts";
import type { Scenario } from "../scenario.ts";

const EXAMPLE = new URL("../../../examples/loopback/images.yaml", import.meta.url);
const FILE = "examples/loopback/images.yaml";
const NPM = "npm run -s imgsync --";

/** The first manifest, from an empty registry to a tag that must not move. */
export const readme: Scenario = {
  name: "readme",
  play: async ({ upstream, write, run }) => {
    fillUpstream(upstream);
    const example = await readFile(EXAMPLE, "utf8");
    await write(FILE, example);
    const npm = (args: string): Promise<string> => run(args, { command: `${NPM} ${args}` });
    const plan = await npm(`plan -f ${FILE}`);
    const apply = await npm(`apply --yes -f ${FILE}`);
    const again = await npm(`plan -f ${FILE}`);
    await write(FILE, example.replace("from: 1.27.3", "from: 1.26.2"));
    return { plan, apply, again, blocked: await npm(`plan -f ${FILE}`) };
  },
};
