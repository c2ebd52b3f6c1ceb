import { fillUpstream } from "../../../demo/content.ts";
import { readExample, type Scenario } from "../scenario.ts";

/** A script for nodes without imgsync. Pulling needs a container runtime, which the stage does not have. */
export const pull: Scenario = {
  name: "pull",
  play: async ({ upstream, ours, write, run, show }) => {
    // as in the names of variables
    show(ours.host.replace("127.0.0.1:", "___"), "___5002");
    fillUpstream(upstream);
    await write("images.yaml", await readExample());
    await run("apply --yes");
    const script = await run("pull --print --only '**/nginx:1.27.3'", { onlyStdout: true });
    return { script: script.trimEnd().split("\n").slice(-3).join("\n") };
  },
};
