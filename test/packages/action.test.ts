import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder } from "../support/cli.ts";
import { pipelineProblems, requireSchemas } from "../support/published-schemas.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";
import { evaluate } from "./support/action-expression.ts";
import { readAction, runAction } from "./support/action-runner.ts";
import { requirePackages, VERSION } from "./support/packages.ts";

const scope = createScope();

/** A runner with a checkout whose manifest copies `app:v1`. */
async function prepareRunner(packages: string) {
  const registry = await scope.registry();
  registry.putImage("app", "v1", smallImage(1));
  const { path: folder, remove } = await makeFolder();
  scope.onEnd(remove);
  await mkdir(join(folder, "checkout"));
  await writeFile(
    join(folder, "checkout", "images.yaml"),
    `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`,
  );
  const shared = { package: join(packages, `imgsync-${VERSION}.tgz`), args: "--color=never" };
  const run = (inputs: Readonly<Record<string, string>>) => runAction({ ...shared, ...inputs }, { folder });
  return { registry, folder, run };
}

describe("the action", () => {
  it("matches GitHub's schema, which rejects a key that GitHub does not know", async (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    const action = await readAction();
    assert.deepEqual(pipelineProblems("github-actions", action), []);
    assert.notDeepEqual(pipelineProblems("github-actions", { ...action, input: {} }), []);
  });

  it("puts no input into a script, and describes every input and output", async () => {
    const { inputs, outputs, runs } = await readAction();
    for (const { run, shell, id } of runs.steps) {
      assert.doesNotMatch(run, /\$\{\{/, id);
      assert.equal(shell, "bash");
    }
    for (const [name, { description, required, default: value }] of Object.entries(inputs)) {
      assert.ok(description.length > 20, name);
      assert.equal(required, value === undefined, name);
    }
    for (const [name, { description }] of Object.entries(outputs)) assert.ok(description.length > 20, name);
  });

  it("plans into the summary, files and outputs, and applies exactly that plan", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const { registry, folder, run } = await prepareRunner(packages);
    const planned = await run({ command: "plan" });
    assert.ok(planned.isSuccess, planned.log);
    const { changes, "exit-code": code, plan, folder: files } = planned.outputs;
    assert.deepEqual([changes, code], ["true", "2"]);
    assert.match(planned.summary, /^<!-- imgsync plan -->\n### imgsync plan\n/);
    assert.equal(await readFile(join(files ?? "", "plan.md"), "utf8"), planned.summary);
    assert.ok(existsSync(join(folder, "temp", "imgsync", "plan.html")));
    registry.putImage("other", "v1", smallImage(2));
    const applied = await run({ command: "apply", plan: plan ?? "" });
    assert.ok(applied.isSuccess, applied.log);
    assert.equal(applied.outputs["exit-code"], "0");
    assert.ok(registry.store.tags("copy").has("v1"));
    const again = await run({ command: "plan" });
    assert.deepEqual([again.isSuccess, again.outputs["changes"], again.outputs["exit-code"]], [true, "false", "0"]);
  });

  it("fails with imgsync's exit code, and still shows the plan", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const { registry, folder, run } = await prepareRunner(packages);
    registry.putImage("copy", "v1", smallImage(2));
    const manifest = join(folder, "checkout", "images.yaml");
    const rule = `immutable: [{ repositories: "${registry.host}/copy" }]\n`;
    await writeFile(manifest, (await readFile(manifest, "utf8")) + rule);
    const blocked = await run({ command: "plan" });
    assert.deepEqual([blocked.isSuccess, blocked.outputs["exit-code"]], [false, "3"]);
    assert.match(blocked.summary, /1 tag is blocked/);
    assert.match(blocked.log, /^::error file=images\.yaml,/m);
    const applied = await run({ command: "apply" });
    assert.deepEqual([applied.isSuccess, applied.outputs["exit-code"]], [false, "3"]);
  });

  it("takes inputs as text, whatever is in them", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const { folder, run } = await prepareRunner(packages);
    const mark = join(folder, "pwned");
    for (const text of [`$(touch ${mark})`, `"; touch ${mark}; "`, `\`touch ${mark}\``, `--config=x\ntouch ${mark}`]) {
      const result = await run({ command: "plan", file: text });
      assert.ok(!result.isSuccess);
      assert.ok(!existsSync(mark), text);
    }
    const { log, isSuccess } = await run({ command: `plan"; touch ${mark} #` });
    assert.ok(!isSuccess && !existsSync(mark));
    assert.match(log, /^::error title=imgsync::the input "command" is/m);
  });

  it("installs the version of the action unless it is given another", async () => {
    const { path: folder, remove } = await makeFolder();
    scope.onEnd(remove);
    // no registry answers there
    const env = { npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0" };
    const install = async (inputs: Readonly<Record<string, string>>) =>
      (await runAction({ command: "plan", ...inputs }, { folder, env })).log;
    assert.match(await install({}), new RegExp(`::npm could not install imgsync@${VERSION.replaceAll(".", "\\.")}\n`));
    assert.match(await install({ version: "9.8.7" }), /::npm could not install imgsync@9\.8\.7\n/);
  });
});

describe("the test's own runner", () => {
  it("evaluates expressions as GitHub does, and refuses what it does not know", () => {
    const names = (path: string) => ({ "inputs.a": "x", "inputs.b": "" })[path];
    assert.equal(evaluate("inputs.a == 'X'", names), "true");
    assert.equal(evaluate("inputs.b || inputs.a", names), "x");
    assert.equal(evaluate("inputs.a != 'x' || inputs.b == ''", names), "true");
    assert.equal(evaluate("inputs.a && inputs.b", names), "");
    assert.throws(() => evaluate("always()", names), /cannot evaluate/);
  });
});
