import { fillUpstream } from "../../../demo/content.ts";
import { EXAMPLE, readExample, type Scenario } from "../scenario.ts";

const NPM = "npm run -s imgsync --";

/** The first manifest, from an empty target registry to a tag that must not move. */
export const readme: Scenario = {
  name: "readme",
  play: async ({ upstream, write, run }) => {
    fillUpstream(upstream);
    const example = await readExample();
    await write(EXAMPLE, example);
    const npm = (args: string): Promise<string> => run(args, { command: `${NPM} ${args}` });
    const plan = await npm(`plan -f ${EXAMPLE}`);
    const apply = await npm(`apply --yes -f ${EXAMPLE}`);
    const again = await npm(`plan -f ${EXAMPLE}`);
    await write(EXAMPLE, example.replace("from: 1.27.3", "from: 1.26.2"));
    return { plan, apply, again, blocked: await npm(`plan -f ${EXAMPLE}`) };
  },
};
