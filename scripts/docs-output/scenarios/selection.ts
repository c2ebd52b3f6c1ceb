import { plainImage } from "../../../demo/images.ts";
import { HEAD, type Scenario } from "../scenario.ts";

/** A tag that a selector drops and a rename selects, and a tag that nothing selects. */
export const selection: Scenario = {
  name: "selection",
  play: async ({ upstream, write, run }) => {
    for (const tag of ["1.25.0", "1.26.0", "1.27.0", "1.28.0-rc1"])
      upstream.putImage("app", tag, plainImage(tag.length));
    await write(
      "images.yaml",
      `${HEAD}immutable:
  - repositories: "127.0.0.1:5002/**"
    tags: ["1.*"]
images:
  - source: 127.0.0.1:5001/app
    target: 127.0.0.1:5002/mirror/app
    tags:
      - { semver: ">=1.25", latest: 2 }
      - { from: 1.25.0, to: old }
`,
    );
    return {
      taken: await run("explain 127.0.0.1:5001/app:1.25.0"),
      dropped: await run("explain 127.0.0.1:5001/app:1.28.0-rc1"),
    };
  },
};
