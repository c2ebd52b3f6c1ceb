import { readFile } from "node:fs/promises";
import { fillUpstream } from "../../../demo/content.ts";
import type { Scenario } from "../scenario.ts";

const EXAMPLE = new URL("../../../examples/loopback/images.yaml", import.meta.url);

export const schedule: Scenario = {
  name: "schedule",
  play: async ({ upstream, write, run }) => {
    fillUpstream(upstream);
    await write("images.yaml", await readFile(EXAMPLE, "utf8"));
    const watch = await run("watch --listen 127.0.0.1:0", { command: "imgsync watch", until: "moved in" });
    return { watch };
  },
};
