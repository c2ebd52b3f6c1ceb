import { plainImage } from "../../../demo/images.ts";
import { HEAD, type Scenario, withoutCredentials } from "../scenario.ts";

const entry = (head: string, tags: string): string => `${head}images:
  - source: 127.0.0.1:5001/app
    target: 127.0.0.1:5002/mirror/app
    prune: true
    tags:
      - ${tags}
`;
const LATEST = `{ semver: ">=1.20 <2", latest: 2 }`;

/** Two tags that `latest: 2` no longer selects. One of them shares its digest with a tag that stays. */
export const prune: Scenario = {
  name: "prune",
  options: { ours: { deletes: "by-digest" } },
  play: async ({ upstream, ours, write, run }) => {
    for (const minor of [24, 25, 26, 27]) upstream.putImage("app", `1.${minor}.0`, plainImage(minor));
    for (const minor of [24, 25, 26]) ours.putImage("mirror/app", `1.${minor}.0`, plainImage(minor));
    ours.putImage("mirror/app", "production", plainImage(24));
    await write("images.yaml", entry(HEAD, LATEST));
    const plan = await run("plan");
    const explain = withoutCredentials(await run("explain 127.0.0.1:5002/mirror/app:1.25.0"));

    await write("images.yaml", entry(`${HEAD}maxDeletes: 1\n`, LATEST));
    const limit = await run("plan");

    await write("images.yaml", entry(HEAD, "1.27.0"));
    const warning = await run("validate");

    await write("images.yaml", entry(HEAD, LATEST));
    const shared = await run("apply --yes");

    ours.putImage("mirror/app", "1.23.0", plainImage(99));
    const foreign = await run("plan");
    return { plan, explain, limit, warning, shared, foreign };
  },
};
