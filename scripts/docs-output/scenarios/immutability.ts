import { plainImage } from "../../../demo/images.ts";
import { HEAD, type Scenario } from "../scenario.ts";

const manifest = (rules: string): string => `${HEAD}${rules}images:
  - source: 127.0.0.1:5001/app
    target: 127.0.0.1:5002/mirror/app
    tags: [{ from: v2, to: [v1, v2] }]
`;

/** The same move, refused by a rule when planning and by the registry when pushing. */
export const immutability: Scenario = {
  name: "immutability",
  options: { ours: { immutable: { product: "artifact-registry", repositories: ["mirror/app"] } } },
  play: async ({ upstream, ours, write, run }) => {
    upstream.putImage("app", "v2", plainImage(2));
    ours.putImage("mirror/app", "v1", plainImage(1));
    await write("images.yaml", manifest(`immutable:\n  - repositories: "127.0.0.1:5002/**"\n    tags: ["v*"]\n`));
    const rule = await run("plan");
    await write("images.yaml", manifest(""));
    return { rule, push: await run("apply --yes") };
  },
};
