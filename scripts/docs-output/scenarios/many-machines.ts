import { plainImage } from "../../../demo/images.ts";
import { HEAD, type Scenario } from "../scenario.ts";

const NAMES = ["api", "web", "worker"];

/** A plan of three repositories in two shards. */
export const manyMachines: Scenario = {
  name: "many-machines",
  play: async ({ upstream, write, run }) => {
    for (const [at, name] of NAMES.entries())
      for (const tag of [1, 2, 3]) upstream.putImage(name, `1.${tag}`, plainImage(at * 10 + tag));
    const entries = NAMES.map(
      (name) => `  - { source: 127.0.0.1:5001/${name}, target: 127.0.0.1:5002/${name}, tags: [{ glob: "*" }] }\n`,
    );
    await write("images.yaml", `${HEAD}images:\n${entries.join("")}`);
    const planned = await run("plan --shards 2 --out plan.json");
    const shards = planned.split("\n").slice(planned.split("\n").findIndex((line) => line.startsWith("plan: ")));
    const plan = ["$ imgsync plan --shards 2 --out plan.json", "…", ...shards].join("\n");
    const apply = await run("apply plan.json --shard 1/2 --yes --report report-1.json");
    const one = await run("report merge report-1.json");
    await run("apply plan.json --shard 2/2 --yes --report report-2.json");
    const merge = await run("report merge report-1.json report-2.json");
    const again = await run("apply plan.json --shard 0/2 --yes");
    return { plan, apply, merge, missing: one, zero: again };
  },
};
