import { fillUpstream } from "../../../demo/content.ts";
import { readExample, type Scenario } from "../scenario.ts";

export const schedule: Scenario = {
  name: "schedule",
  play: async ({ upstream, write, run }) => {
    fillUpstream(upstream);
    await write("images.yaml", await readExample());
    const watch = await run("watch --listen 127.0.0.1:0", { command: "imgsync watch", until: "moved in" });
    return { watch };
  },
};
