import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fillUpstream } from "../../../demo/content.ts";
import { readExample, type Scenario } from "../scenario.ts";

const execute = promisify(execFile);

/** A branch that moves a release tag, and one that removes a tag. */
export const pullRequests: Scenario = {
  name: "pull-requests",
  play: async ({ upstream, folder, write, run }) => {
    fillUpstream(upstream);
    const path = process.env["PATH"] ?? "";
    const git = (...args: readonly string[]): Promise<unknown> =>
      execute("git", ["-c", "user.name=docs", "-c", "user.email=docs@example.com", ...args], { cwd: folder });
    const example = await readExample();
    await write("images.yaml", example);
    await run("apply --yes");
    await git("init", "--quiet", "--initial-branch=main");
    await git("add", "images.yaml");
    await git("commit", "--quiet", "--message", "first");
    await git("checkout", "--quiet", "-b", "topic");

    await write("images.yaml", example.replace("      - 1.27.2\n", ""));
    await git("commit", "--quiet", "--all", "--message", "second");
    const since = await run("plan --since main", { environment: { PATH: path } });

    await write("images.yaml", example.replace("from: 1.27.3", "from: 1.26.2"));
    const annotations = await run("plan --annotations github");
    const markdown = await run("plan --format markdown", { onlyStdout: true });
    // the fold with full digests is longer than everything else
    return { markdown: markdown.split("<details>")[0] ?? "", since, annotations };
  },
};
