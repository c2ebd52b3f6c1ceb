import { readFile } from "node:fs/promises";
import { plainImage } from "../../../demo/images.ts";
import { MIRROR, publishMirror } from "../../../demo/mirror.ts";
import type { Scenario } from "../scenario.ts";

/** What is new at the source since the last run: two releases, and a tag that moved. */
const NEWS = [
  ["library/node", "24.11.1"],
  ["grafana/grafana", "12.3.0"],
  ["library/nginx", "stable"],
] as const;

/** A whole mirror, moved to imgsync after its last run with another tool. */
export const migratingMirror: Scenario = {
  name: "migrating-mirror",
  play: async ({ upstream, write, read, run }) => {
    const file = await readFile(MIRROR, "utf8");
    publishMirror(upstream, file);
    await write("regsync.yml", file);
    const imported = await run("import regsync.yml --output images.yaml", {
      command: "imgsync import regsync.yml > images.yaml",
    });
    // the targets have what the last run copied
    await run("apply --yes");
    for (const [at, [repository, tag]] of NEWS.entries()) upstream.putImage(repository, tag, plainImage(500 + at));
    const plan = await run("plan");
    const check = await run("import --check regsync.yml images.yaml");
    const apply = await run("apply --yes");
    return { file, imported, manifest: await read("images.yaml"), check, plan, apply };
  },
};
