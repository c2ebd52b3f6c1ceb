import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder } from "../support/cli.ts";
import { createScope } from "../support/scope.ts";
import { runAction } from "./support/action-runner.ts";
import { type Comment, REQUEST, startGithubApi } from "./support/github-api.ts";

const { onEnd } = createScope();
const MARKER = "<!-- imgsync plan -->";
const PLAN = `${MARKER}\n### imgsync plan\n`;
const SOMEONE = { type: "User" };
const BOT = { type: "Bot" };
const FORK = { ...REQUEST, head: { sha: "abc", repo: { full_name: "someone/r" } } };

/** Runs the action with a plan for an event, against comments that exist already. */
async function comment(plan: string, event: object, known: readonly Comment[] = []) {
  const api = await startGithubApi(known);
  onEnd(api.stop);
  const { path: folder, remove } = await makeFolder();
  onEnd(remove);
  await mkdir(join(folder, "temp", "imgsync"), { recursive: true });
  await writeFile(join(folder, "temp", "imgsync", "plan.md"), plan);
  const env = { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: "o/r", GITHUB_TOKEN: "secret-token" };
  const result = await runAction({ command: "comment" }, { folder, env, event });
  assert.ok(!result.log.includes("secret-token"));
  return { ...result, ...api };
}

describe("the action with command: comment", () => {
  it("posts the plan of a pull request, with the token of the run", async () => {
    const { isSuccess, log, comments, tokens, outputs } = await comment(PLAN, { pull_request: REQUEST });
    assert.ok(isSuccess, log);
    assert.deepEqual(
      comments.map(({ body }) => body),
      [PLAN],
    );
    assert.deepEqual([...tokens], ["Bearer secret-token"]);
    assert.equal(outputs["comment"], "https://github.test/comment-new");
  });

  it("updates its own comment, also on the second page, and never one of a person", async () => {
    const others = Array.from({ length: 120 }, (_, id) => ({ id, user: SOMEONE, body: `${MARKER}\n${id}` }));
    const known = [...others, { id: 500, user: BOT, body: `${MARKER}\nold` }];
    const { comments, outputs } = await comment(PLAN, { pull_request: REQUEST }, known);
    assert.equal(comments.length, 121);
    assert.equal(comments.at(-1)?.body, PLAN);
    assert.deepEqual(comments.slice(0, 120), others);
    assert.equal(outputs["comment"], "https://github.test/comment-500");
  });

  it("finds the pull request of a workflow_run by its commit, and posts nothing if that has moved on", async () => {
    const run = {
      head_repository: { owner: { login: "o" } },
      head_branch: "b",
      head_sha: "abc",
      html_url: "https://x.test",
    };
    const found = await comment(PLAN, { workflow_run: run });
    assert.equal(found.comments.length, 1, found.log);
    const moved = await comment(PLAN, { workflow_run: { ...run, head_sha: "def" } });
    assert.ok(moved.isSuccess);
    assert.deepEqual(moved.comments, []);
    assert.match(moved.log, /the pull request has moved on/);
  });

  it("shows the plan of a fork as plain text", async () => {
    const { comments } = await comment(`${MARKER}\n\`\`\`\`\n@everyone`, { pull_request: FORK });
    assert.match(comments[0]?.body ?? "", /\n`{5}text\n[\s\S]*@everyone\n`{5}$/);
  });

  it("posts nothing that is not a plan", async () => {
    for (const text of ["[click](https://x.test)", `${MARKER}\n${"`".repeat(300)}`]) {
      const { comments } = await comment(text, { pull_request: REQUEST });
      assert.equal(comments[0]?.body, `${MARKER}\nThere is no plan; see the log of this run`);
    }
  });

  it("fails with a message if there is no plan, no pull request, or no permission", async () => {
    const { isSuccess, log } = await comment(PLAN, { push: {} });
    assert.ok(!isSuccess);
    assert.match(log, /^::error title=imgsync::could not post the plan: this event has no pull request/m);
    const refused = await comment(PLAN, { pull_request: { ...REQUEST, number: 8 } });
    assert.ok(!refused.isSuccess);
    assert.match(
      refused.log,
      /::could not post the plan: GitHub answers 404 to GET \/repos\/o\/r\/issues\/8\/comments/,
    );
  });
});
