import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { makeFolder } from "../support/cli.ts";
import { findProgram, requirePrograms, runProgram } from "../support/programs.ts";
import { pipelineProblems, requireSchemas } from "../support/published-schemas.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const github = join(examples, "github-actions");
const workflows = readdirSync(github);
const MARKER = "<!-- imgsync plan -->";

const read = (...path: readonly string[]): string => readFileSync(join(examples, ...path), "utf8");

/** Creates a folder with the plan of an earlier job. */
async function planned(text: string): Promise<string> {
  const folder = await makeFolder();
  onEnd(folder.remove);
  await mkdir(join(folder.path, "plan"));
  await folder.write("plan.md", text);
  await writeFile(join(folder.path, "plan", "plan.md"), text);
  return folder.path;
}

describe("the GitHub workflows", () => {
  it("are accepted by actionlint", async (t) => {
    if (!requirePrograms(t, "actionlint")) return;
    const files = workflows.map((name) => join(github, name));
    const args = ["-shellcheck=", "-pyflakes=", "-no-color", ...files];
    const { code, stdout } = await runProgram(findProgram("actionlint") ?? "actionlint", args);
    assert.equal(code, 0, Buffer.from(stdout).toString());
  });

  it("match GitHub's schema, which rejects unknown keys", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    for (const name of workflows) {
      const text = read("github-actions", name);
      assert.deepEqual(pipelineProblems("github-workflows", parse(text)), [], name);
      const broken = text.replace("timeout-minutes:", "timeout-minute:");
      assert.notDeepEqual(pipelineProblems("github-workflows", parse(broken)), [], name);
    }
  });

  it("apply each shard in one job, and merge all reports", () => {
    const { jobs } = parse(read("github-actions", "shards.yml"));
    const { matrix, "max-parallel": parallel } = jobs.apply.strategy;
    const text = JSON.stringify(jobs);
    const count = Number(/--shards (\d+)/.exec(text)?.[1]);
    assert.deepEqual(
      matrix.shard,
      Array.from({ length: count }, (_, at) => at + 1),
    );
    assert.ok(text.includes(`/${count}\\" --parallel ${parallel} `), text);
    assert.equal(jobs.report.if, "always()");
  });

  it("use read-only tokens, no pull_request_target, and no secrets for pull requests", () => {
    for (const name of workflows) {
      const { on, permissions, jobs } = parse(read("github-actions", name));
      assert.equal("pull_request_target" in on, false, name);
      assert.deepEqual(
        Object.values(permissions).filter((right) => right !== "read"),
        [],
        name,
      );
      const text = JSON.stringify(jobs);
      if ("pull_request" in on) assert.doesNotMatch(text, /secrets\.|"permissions"/, name);
      if ("workflow_run" in on) assert.doesNotMatch(text, /actions\/checkout|"run"/, name);
    }
  });

  async function comment({
    text,
    fork,
    known,
  }: {
    readonly text: string;
    readonly fork: boolean;
    readonly known: string;
  }) {
    const { jobs } = parse(read("github-actions", "comment.yml"));
    const script: string = jobs.comment.steps.at(-1).with.script;
    const folder = await planned(text);
    const written: { readonly kind: string; readonly body: string }[] = [];
    const comments = [
      { id: 1, user: { type: "User" }, body: MARKER },
      { id: 2, user: { type: "Bot" }, body: known },
    ];
    const rest = {
      pulls: { list: async () => ({ data: [{ number: 7, head: { sha: "abc" } }] }) },
      issues: {
        listComments: {},
        createComment: async ({ body }: { body: string }) => void written.push({ kind: "create", body }),
        updateComment: async ({ body, comment_id }: { body: string; comment_id: number }) =>
          void written.push({ kind: `update ${comment_id}`, body }),
      },
    };
    const run = {
      head_repository: { owner: { login: "o" }, full_name: fork ? "someone/r" : "o/r" },
      head_branch: "b",
      head_sha: "abc",
      html_url: "https://github.test/run",
    };
    const context = {
      payload: { workflow_run: run, repository: { full_name: "o/r" } },
      repo: { owner: "o", repo: "r" },
    };
    const module = `export default async (github, context, core, require, process) => {${script}}`;
    const { default: call } = await import(`data:text/javascript,${encodeURIComponent(module)}`);
    const process = { env: { RUNNER_TEMP: folder } };
    await call({ rest, paginate: async () => comments }, context, {}, createRequire(import.meta.url), process);
    return written;
  }

  it("write one comment and update it in place", async () => {
    const text = `${MARKER}\n### imgsync plan\n`;
    assert.deepEqual(await comment({ text, fork: false, known: "hello" }), [{ kind: "create", body: text }]);
    assert.deepEqual(await comment({ text, fork: false, known: `${MARKER}\nold` }), [{ kind: "update 2", body: text }]);
  });

  it("show the plan of a fork as plain text, and nothing that is not a plan", async () => {
    const [one] = await comment({ text: `${MARKER}\n\`\`\`\`\n@everyone`, fork: true, known: "" });
    assert.match(one?.body ?? "", /\n`{5}text\n[\s\S]*@everyone\n`{5}$/);
    const [other] = await comment({ text: "[click](https://x.test)", fork: true, known: "" });
    assert.equal(other?.body, `${MARKER}\nThere is no plan; see the log of https://github.test/run`);
  });
});

describe("the GitLab pipeline", () => {
  const pipeline = parse(read("gitlab-ci", ".gitlab-ci.yml"));

  it("matches GitLab's schema, which rejects unknown keys and values", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    assert.deepEqual(pipelineProblems("gitlab-ci", pipeline), []);
    for (const [right, wrong] of [
      ["  resource_group:", "  resource_groups:"],
      ["when: manual", "when: by hand"],
    ] as const) {
      const broken = read("gitlab-ci", ".gitlab-ci.yml").replace(right, wrong);
      assert.notDeepEqual(pipelineProblems("gitlab-ci", parse(broken)), [], wrong);
    }
  });

  it("applies each shard in one job, and merges all reports", (t) => {
    const shards = parse(read("gitlab-ci", "shards.gitlab-ci.yml"));
    const count = Number(/--shards (\d+)/.exec(JSON.stringify(shards.plan))?.[1]);
    assert.equal(shards.apply.parallel, count);
    assert.equal(shards.report.rules[0].when, "always");
    if (!requireSchemas(t, "pipelines")) return;
    assert.deepEqual(pipelineProblems("gitlab-ci", shards), []);
  });

  it("applies only on the default branch, and comments without a checkout", () => {
    assert.deepEqual(pipeline.stages, ["plan", "comment", "apply"]);
    assert.equal(pipeline.comment.variables.GIT_STRATEGY, "none");
    for (const name of ["reviewed-plan", "apply"])
      assert.equal(pipeline[name].rules[0].if, "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH");
  });

  it("writes one note and updates it in place", async () => {
    const notes: { id: number; body: string; author: { id: number } }[] = [
      { id: 1, body: MARKER, author: { id: 99 } },
      { id: 2, body: "hello", author: { id: 5 } },
    ];
    const server = createServer((request, response) => void answer(request, response));
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body: string = chunks.length === 0 ? "" : JSON.parse(Buffer.concat(chunks).toString()).body;
      assert.equal(request.headers["private-token"], "token");
      if (request.method === "POST") notes.push({ id: 3, body, author: { id: 5 } });
      if (request.method === "PUT") notes.splice(2, 1, { id: 3, body: `put ${body}`, author: { id: 5 } });
      const isUser = request.url === "/api/user";
      const page = /[?&]page=(\d)/.exec(request.url ?? "")?.[1];
      response.setHeader("x-next-page", page === "1" ? "2" : "");
      response.end(JSON.stringify(isUser ? { id: 5 } : page === "2" ? notes.slice(2) : notes.slice(0, 2)));
    };
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onEnd(() => new Promise((resolve) => void server.close(() => resolve())));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const script = String(pipeline.comment.script[0])
      .replace(/^node .*\n/, "")
      .replace(/SCRIPT\n$/, "");
    const folder = await planned(`${MARKER}\nplan`);
    await writeFile(join(folder, "note.mjs"), script);
    const run = () =>
      runProgram(
        "sh",
        [
          "-c",
          `cd "$1" && exec "$2" ${"Deno" in globalThis ? "run -A --no-config" : ""} note.mjs`,
          "sh",
          folder,
          process.execPath,
        ],
        {
          env: {
            CI_API_V4_URL: `http://127.0.0.1:${port}/api`,
            CI_PROJECT_ID: "1",
            CI_MERGE_REQUEST_IID: "2",
            NOTES_TOKEN: "token",
          },
        },
      );
    const first = await run();
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(notes.slice(2), [{ id: 3, body: `${MARKER}\nplan`, author: { id: 5 } }]);
    await run();
    assert.equal(notes.length, 3);
    assert.match(notes[2]?.body ?? "", /^put /);
  });
});
