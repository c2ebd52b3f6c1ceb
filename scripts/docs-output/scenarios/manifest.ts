import { plainImage } from "../../../demo/images.ts";
import { HEAD, type Scenario } from "../scenario.ts";

const entry = (tags: string, more = ""): string =>
  `${HEAD}images:\n  - source: 127.0.0.1:5001/app\n    target: 127.0.0.1:5002/mirror/app\n${more}    tags:\n      - ${tags}\n`;

/** Keys of images.yaml, each with a plan that shows its effect. */
export const manifest: Scenario = {
  name: "manifest",
  play: async ({ upstream, ours, write, run }) => {
    upstream.putImage("app", "v1", plainImage(3));
    ours.putImage("mirror/app", "gone", plainImage(1));
    await write("images.yaml", entry("v1\n      - gone", "    optional: true\n"));
    const optional = await run("plan");

    await write(
      "images.yaml",
      `version: 1\nimages:\n  - source: 127.0.0.1:5001/app\n    target: 127.0.0.1:5002/mirror/app\n    tags:\n      - { regex: "(?i)v[[:digit:]]+" }\n`,
    );
    const regex = await run("validate");

    upstream.putImage("app", "stable", plainImage(5, { created: "2026-04-02T09:30:00Z" }));
    ours.putImage("mirror/app", "stable", plainImage(4));
    await write("images.yaml", entry(`{ from: stable, to: [stable, "{tag}-{date}-{digest:8}"] }`));
    const template = await run("plan");

    await write("images.yaml", entry("stable", `    backup: "{tag}-before-{digest:8}"\n`));
    return { optional, regex, template, backup: await run("plan") };
  },
};
