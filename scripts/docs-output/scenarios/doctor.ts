import { plainImage } from "../../../demo/images.ts";
import { HEAD, type Scenario } from "../scenario.ts";

export const doctor: Scenario = {
  name: "doctor",
  options: { ours: { auth: { kind: "basic", users: { ci: "a-long-password" } } } },
  play: async ({ upstream, write, run }) => {
    upstream.putImage("app", "v1", plainImage(1));
    await write(
      "images.yaml",
      `${HEAD}images:
  - source: 127.0.0.1:5001/app
    target: 127.0.0.1:5002/mirror/app
    tags: [v1]
`,
    );
    return { doctor: await run("doctor") };
  },
};
