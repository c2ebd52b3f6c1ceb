import { plainImage } from "../../../demo/images.ts";
import { HEAD, type Scenario } from "../scenario.ts";

const manifest = (more = ""): string => `${HEAD}images:
  - source: 127.0.0.1:5001/web
    target: 127.0.0.1:5002/mirror/web
    tags:
      - { semver: ">=1.25", latest: 2 }
      - stable
${more}`;

/** A lock file, from its first write to later changes at the sources. */
export const lock: Scenario = {
  name: "lock",
  play: async ({ upstream, write, read, run }) => {
    for (const [at, tag] of ["1.25.0", "1.26.0", "1.27.0", "stable"].entries())
      upstream.putImage("web", tag, plainImage(at));
    await write("images.yaml", manifest());
    const first = await run("lock");
    const file = await read("images.lock.yaml");
    const plan = await run("plan");
    await write("images.yaml", manifest("      - 1.25.0\n"));
    const outdated = await run("validate");
    await write("images.yaml", manifest());
    upstream.putImage("web", "1.28.0", plainImage(8));
    upstream.putImage("web", "stable", plainImage(9));
    const check = await run("lock --check");
    return { first, file, plan, outdated, check, update: await run("lock --update '127.0.0.1:5001/web:stable'") };
  },
};
