import { plainImage } from "../../../demo/images.ts";
import type { Scenario } from "../scenario.ts";

/** What the machine of a user contributes: the log of a run with a login, and a proxy that is not one. */
export const configuration: Scenario = {
  name: "configuration",
  options: { upstream: { auth: { kind: "token", users: { ci: "a-long-password" } } } },
  play: async ({ upstream, write, run }) => {
    upstream.putImage("team/app", "v1", plainImage(1));
    await write("own.yaml", "registries: { 127.0.0.1:5001: { plainHttp: true } }\n");
    const port = upstream.host.split(":")[1] ?? "";
    const log = await run("list 127.0.0.1:5001/team/app --log-level debug", {
      environment: {
        IMGSYNC_CONFIG: "own.yaml",
        [`IMGSYNC_USERNAME_127_0_0_1___${port}`]: "ci",
        [`IMGSYNC_PASSWORD_127_0_0_1___${port}`]: "a-long-password",
      },
    });
    const proxy = await run("list registry.example.com/team/app", {
      environment: { HTTPS_PROXY: "https//proxy.example.com" },
    });
    return { log: log.replaceAll(/\b\d+ ms\b/g, "12 ms").replaceAll(port, "5001"), proxy };
  },
};
