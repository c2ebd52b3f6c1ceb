import { readFile } from "node:fs/promises";
import { fillUpstream } from "../../../demo/content.ts";
import type { Scenario } from "../scenario.ts";

const EXAMPLE = new URL("../../../examples/loopback/images.yaml", import.meta.url);
const FILE = "examples/loopback/images.yaml";

export const list: Scenario = {
  name: "list",
  play: async ({ upstream, write, run }) => {
    fillUpstream(upstream);
    await write(FILE, await readFile(EXAMPLE, "utf8"));
    const command = `list 127.0.0.1:5001/library/nginx -f ${FILE}`;
    return { text: await run(command), json: await run(`${command} --tag 1.27.3 --format json`) };
  },
};
