import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { findProgram, requirePrograms, runProgram } from "./support/programs.ts";
import { pipelineProblems, requireSchemas } from "./support/published-schemas.ts";

const GITHUB = fileURLToPath(new URL("../.github", import.meta.url));

const read = (...path: readonly string[]): string => readFileSync(join(GITHUB, ...path), "utf8");

describe("the issue forms", () => {
  const names = readdirSync(join(GITHUB, "ISSUE_TEMPLATE"));

  it("match GitHub's schemas", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    assert.ok(names.includes("bug_report.yml") && names.includes("config.yml"));
    for (const name of names) {
      const kind = name === "config.yml" ? "github-issue-config" : "github-issue-forms";
      assert.deepEqual(pipelineProblems(kind, parse(read("ISSUE_TEMPLATE", name))), [], name);
    }
  });

  it("would be caught with a key that GitHub does not know", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    const broken = read("ISSUE_TEMPLATE", "bug_report.yml").replace("validations:", "validation:");
    assert.notDeepEqual(pipelineProblems("github-issue-forms", parse(broken)), []);
  });
});

describe("the workflows", () => {
  const names = readdirSync(join(GITHUB, "workflows"));

  it("are accepted by actionlint", async (t) => {
    if (!requirePrograms(t, "actionlint")) return;
    const files = names.map((name) => join(GITHUB, "workflows", name));
    const args = ["-shellcheck=", "-pyflakes=", "-no-color", ...files];
    const { code, stdout } = await runProgram(findProgram("actionlint") ?? "actionlint", args);
    assert.equal(code, 0, Buffer.from(stdout).toString());
  });

  it("match GitHub's schema", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    for (const name of names) {
      assert.deepEqual(pipelineProblems("github-workflows", parse(read("workflows", name))), [], name);
    }
  });

  it("pin every action to a commit, and may only read", () => {
    assert.ok(names.includes("ci.yml"));
    for (const name of names) {
      const text = read("workflows", name);
      assert.deepEqual(unpinned(text), [], name);
      assert.deepEqual(permissionsIn(parse(text)), [{ contents: "read" }], name);
      assert.doesNotMatch(text, /pull_request_target|secrets\./, name);
    }
  });

  it("would be caught with an action at a tag, and with a job that may write", () => {
    assert.deepEqual(unpinned("steps:\n  - uses: actions/checkout@v6\n"), ["actions/checkout@v6"]);
    const workflow = { permissions: { contents: "read" }, jobs: { a: { permissions: "write-all" }, b: {} } };
    assert.deepEqual(permissionsIn(workflow), [{ contents: "read" }, "write-all"]);
  });
});

type Workflow = {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, { readonly permissions?: unknown }>>;
};

/** Returns the permissions of a workflow and those that its jobs set instead. */
function permissionsIn({ permissions, jobs }: Workflow): readonly unknown[] {
  return [permissions, ...Object.values(jobs).flatMap((job) => job.permissions ?? [])];
}

/** The actions that a workflow uses at something that can move. */
function unpinned(text: string): readonly string[] {
  const actions = Array.from(text.matchAll(/\buses: (\S+)/g), ([, action = ""]) => action);
  return actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action));
}
