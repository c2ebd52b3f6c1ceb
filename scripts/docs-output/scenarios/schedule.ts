import { fillUpstream } from "../../../demo/content.ts";
import { plainImage } from "../../../demo/images.ts";
import { HEAD, readExample, type Scenario } from "../scenario.ts";

const PRUNED = `${HEAD}images:
  - source: 127.0.0.1:5001/app
    target: 127.0.0.1:5002/mirror/app
    prune: true
    tags: [{ glob: "v*" }]
`;

export const schedule: Scenario = {
  name: "schedule",
  play: async ({ upstream, ours, write, run }) => {
    fillUpstream(upstream);
    await write("images.yaml", await readExample());
    const watch = await run("watch --listen 127.0.0.1:0", { command: "imgsync watch", until: "moved in" });

    for (const registry of [upstream, ours])
      registry.putImage(registry === ours ? "mirror/app" : "app", "v3", plainImage(3));
    for (const [at, tag] of ["v1", "v2"].entries()) ours.putImage("mirror/app", tag, plainImage(at));
    await write("images.yaml", PRUNED);
    const deletes = await run("watch --listen off --max-deletes-per-day 1", { until: "apply:" });
    return { watch, deletes };
  },
};
