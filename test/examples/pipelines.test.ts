import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { findProgram, requirePrograms, runProgram } from "../support/programs.ts";
import { pipelineProblems, requireSchemas } from "../support/published-schemas.ts";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const github = join(examples, "github-actions");
const workflows = readdirSync(github);

const read = (...path: readonly string[]): string => readFileSync(join(examples, ...path), "utf8");

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
  const text = read("gitlab-ci", ".gitlab-ci.yml");

  it("matches GitLab's schema, which rejects unknown keys", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    assert.deepEqual(pipelineProblems("gitlab-ci", parse(text)), []);
    assert.notDeepEqual(pipelineProblems("gitlab-ci", parse(text.replace("- remote:", "- remotely:"))), []);
  });

  it("applies each shard in one job, and merges all reports", (t) => {
    const shards = parse(read("gitlab-ci", "shards.gitlab-ci.yml"));
    const count = Number(/--shards (\d+)/.exec(JSON.stringify(shards.plan))?.[1]);
    assert.equal(shards.apply.parallel, count);
    assert.equal(shards.report.rules[0].when, "always");
    if (!requireSchemas(t, "pipelines")) return;
    assert.deepEqual(pipelineProblems("gitlab-ci", shards), []);
  });

  it("includes the component of this version, with inputs that it has", () => {
    const { version } = JSON.parse(readFileSync(join(examples, "..", "package.json"), "utf8"));
    const [{ remote, inputs }] = parse(text).include;
    const path = /\/v([\d.]+)\/(templates\/.*)$/.exec(remote) ?? [];
    assert.equal(path[1], version);
    const [{ spec }] = parseAllDocuments(readFileSync(join(examples, "..", path[2] ?? ""), "utf8")).map((one) =>
      one.toJS(),
    );
    for (const name of Object.keys(inputs)) assert.ok(name in spec.inputs, name);
  });
});
