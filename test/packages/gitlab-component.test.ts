import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { smallImage } from "../support/images.ts";
import { makeFolder } from "../support/cli.ts";
import { requireProgram, runProgram, runProgramOk } from "../support/programs.ts";
import { pipelineProblems, requireSchemas } from "../support/published-schemas.ts";
import { createScope } from "../support/scope.ts";
import { startGitlabApi } from "./support/gitlab-api.ts";
import { pipelineWith, readComponent, resolved } from "./support/gitlab-component.ts";
import { requirePackages, ROOT, VERSION } from "./support/packages.ts";

const scope = createScope();
const MARKER = "<!-- imgsync plan -->";

/** A runner: its folder stands for the container's file system, and `checkout` is the clone. */
async function prepareRunner(inputs: Readonly<Record<string, unknown>>) {
  const { path: folder, remove } = await makeFolder();
  scope.onEnd(remove);
  await mkdir(join(folder, "checkout"));
  await mkdir(join(folder, "tmp"));
  const pipeline = await pipelineWith(inputs);
  const run = async (name: string, env: Readonly<Record<string, string>> = {}) => {
    const { variables, lines } = resolved(pipeline, name);
    const script = lines.join("\n").replaceAll("/tmp", join(folder, "tmp"));
    const { code, stdout, stderr } = await runProgram("bash", ["-eo", "pipefail", "-c", script], {
      cwd: join(folder, "checkout"),
      env: {
        PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
        HOME: folder,
        GITLAB_CI: "true",
        CI_PROJECT_DIR: join(folder, "checkout"),
        ...variables,
        ...env,
      },
    });
    return { code, output: Buffer.from(stdout).toString() + stderr };
  };
  const write = (name: string, text: string) => writeFile(join(folder, "checkout", name), text);
  return { folder, checkout: join(folder, "checkout"), run, write };
}

describe("the GitLab component", () => {
  it("matches GitLab's schema, which rejects unknown keys and values", async (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    const { inputs } = await readComponent();
    assert.deepEqual(pipelineProblems("gitlab-ci", { spec: { inputs } }), []);
    const pipeline = await pipelineWith({});
    assert.deepEqual(pipelineProblems("gitlab-ci", pipeline), []);
    const text = JSON.stringify(pipeline);
    for (const [right, wrong] of [
      ['"resource_group"', '"resource_groups"'],
      ['"when":"manual"', '"when":"by hand"'],
    ] as const) {
      assert.ok(text.includes(right));
      assert.notDeepEqual(pipelineProblems("gitlab-ci", JSON.parse(text.replace(right, wrong))), [], wrong);
    }
  });

  it("puts no input into a script, describes each, and installs its own version", async () => {
    const { inputs } = await readComponent();
    const marked = Object.fromEntries(Object.keys(inputs).map((name) => [name, `INPUT-${name}`]));
    for (const [name, job] of Object.entries(await pipelineWith(marked)))
      assert.doesNotMatch([...(job.before_script ?? []), ...(job.script ?? [])].join("\n"), /INPUT-/, name);
    for (const [name, { description }] of Object.entries(inputs)) assert.ok(description.length > 10, name);
    assert.equal(inputs["package"]?.default, `imgsync@${VERSION}`);
  });

  it("applies only on the default branch, and comments without a checkout", async () => {
    const pipeline = await pipelineWith({});
    assert.equal(pipeline["imgsync-comment"]?.variables?.["GIT_STRATEGY"], "none");
    for (const name of ["imgsync-reviewed-plan", "imgsync-apply"])
      assert.equal(
        pipeline[name]?.rules[0]?.if,
        '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "schedule"',
      );
  });

  it("plans a merge request, and applies the reviewed plan after the merge", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requireProgram(t, "git")) return;
    const registry = await scope.registry();
    registry.putImage("app", "v1", smallImage(1));
    const file = "the images.yaml";
    const { checkout, run, write } = await prepareRunner({
      package: join(packages, `imgsync-${VERSION}.tgz`),
      file,
      settings: `registries: { "${registry.host}": { plainHttp: true } }`,
    });
    const git = (...words: readonly string[]) =>
      runProgramOk("git", ["-C", checkout, "-c", "user.name=x", "-c", "user.email=x@x.test", ...words]);
    await git("init", "--quiet", "--initial-branch=main");
    await git("commit", "--quiet", "--allow-empty", "--message=start");
    await git("remote", "add", "origin", checkout);
    await git("switch", "--quiet", "--create=change");
    await write(
      file,
      `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`,
    );
    await git("add", ".");
    await git("commit", "--quiet", "--message=change");
    const planned = await run("imgsync-plan", { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main" });
    assert.equal(planned.code, 0, planned.output);
    assert.match(await readFile(join(checkout, "plan.md"), "utf8"), /^<!-- imgsync plan -->[\s\S]*1 to create/);
    for (const name of ["plan.html", "gl-code-quality-report.json"]) assert.ok(existsSync(join(checkout, name)), name);
    for (const name of ["imgsync-reviewed-plan", "imgsync-apply"]) {
      const { code, output } = await run(name);
      assert.equal(code, 0, output);
    }
    assert.ok(registry.store.tags("copy").has("v1"));
  });

  it("takes inputs as text, whatever is in them", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const mark = join(packages, "..", `pwned-${process.pid}`);
    for (const file of [`$(touch ${mark})`, `"; touch ${mark}; "`]) {
      const { run } = await prepareRunner({ package: join(packages, `imgsync-${VERSION}.tgz`), file });
      assert.equal((await run("imgsync-reviewed-plan")).code, 1);
      assert.ok(!existsSync(mark), file);
    }
  });

  it("writes one note and updates it in place", async () => {
    const known = [
      { id: 1, body: MARKER, author: { id: 99 } },
      { id: 2, body: "hello", author: { id: 5 } },
    ];
    const { url, notes, tokens, stop } = await startGitlabApi(known);
    scope.onEnd(stop);
    const { run, write } = await prepareRunner({});
    const env = { CI_API_V4_URL: url, CI_PROJECT_ID: "1", CI_MERGE_REQUEST_IID: "2", NOTES_TOKEN: "token" };
    for (const text of ["first", "second"]) {
      await write("plan.md", `${MARKER}\n${text}`);
      const { code, output } = await run("imgsync-comment", env);
      assert.equal(code, 0, output);
      assert.deepEqual(notes, [...known, { id: 1000, body: `${MARKER}\n${text}`, author: { id: 5 } }]);
    }
    assert.deepEqual([...tokens], ["token"]);
    await write("plan.md", "no plan");
    assert.notEqual((await run("imgsync-comment", env)).code, 0);
  });
});
