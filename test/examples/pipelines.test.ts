import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
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
  await folder.write("plan.md", text);
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

  it("use the action of this version, with inputs and outputs that it has", () => {
    const { version } = JSON.parse(readFileSync(join(examples, "..", "package.json"), "utf8"));
    const action = parse(readFileSync(join(examples, "..", "action.yml"), "utf8"));
    const commands = workflows.flatMap((name) => {
      const text = read("github-actions", name);
      for (const [, output = ""] of text.matchAll(/steps\.plan\.outputs\.([\w-]+)/g))
        assert.ok(output in action.outputs);
      const { jobs } = parse(text) as { jobs: Record<string, { steps: { uses?: string; with?: object }[] }> };
      const steps = Object.values(jobs).flatMap((job) => job.steps);
      return steps
        .filter(({ uses = "" }) => uses.includes("/imgsync@"))
        .map(({ uses = "", with: inputs = {} }) => {
          assert.equal(uses.split("@")[1], `v${version}`);
          for (const input of Object.keys(inputs)) assert.ok(input in action.inputs, input);
          return (inputs as { command?: string }).command;
        });
    });
    // apply.yml, comment.yml and plan.yml
    assert.deepEqual(commands, ["plan", "apply", "comment", "plan"]);
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
