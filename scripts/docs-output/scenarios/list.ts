import { fillUpstream } from "../../../demo/content.ts";
import { EXAMPLE, readExample, type Scenario } from "../scenario.ts";

export const list: Scenario = {
  name: "list",
  play: async ({ upstream, write, run }) => {
    fillUpstream(upstream);
    await write(EXAMPLE, await readExample());
    const command = `list 127.0.0.1:5001/library/nginx -f ${EXAMPLE}`;
    return { text: await run(command), json: await run(`${command} --tag 1.27.3 --format json`) };
  },
};
