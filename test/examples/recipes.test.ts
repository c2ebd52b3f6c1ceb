import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { parse, parseAllDocuments } from "yaml";
import { loadCommands } from "../../src/cli/commands.ts";
import { runCli } from "../support/cli.ts";
import { kubernetesProblems, pipelineProblems, requireSchemas } from "../support/published-schemas.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("the files for Flux and Argo CD", () => {
  const folder = "examples/gitops/images";
  const job = parse(read(`${folder}/job.yaml`));
  const { resources, configMapGenerator } = parse(read(`${folder}/kustomization.yaml`));

  it("have a Job that matches the Kubernetes schemas", (t) => {
    if (!requireSchemas(t, "kubernetes")) return;
    assert.deepEqual(kubernetesProblems(job), []);
    const broken = JSON.parse(JSON.stringify(job).replace('"backoffLimit"', '"backofLimit"'));
    assert.notDeepEqual(kubernetesProblems(broken), []);
  });

  it("have a manifest that validates, which the ConfigMap of the Job holds", async () => {
    const [{ name, files }] = configMapGenerator;
    assert.deepEqual(
      [...resources, ...files].filter((file) => globSync(join(root, folder, file)).length === 0),
      [],
    );
    const { volumes, containers } = job.spec.template.spec;
    assert.ok(volumes.some((volume: { configMap?: { name: string } }) => volume.configMap?.name === name));
    const [{ args }] = containers;
    assert.deepEqual(args, ["--yes", "--file", `/config/${files[0]}`]);
    const validated = await runCli(["validate", "--file", files[0]], { cwd: join(root, folder) });
    assert.equal(validated.code, 0, validated.stderr);
  });

  it("name the folder of the Job, and wait for it", () => {
    const [git, images, apps] = parseAllDocuments(read("examples/gitops/flux.yaml")).map((document) => document.toJS());
    const application = parse(read("examples/gitops/argo-cd.yaml"));
    assert.equal(images.spec.sourceRef.name, git.metadata.name);
    assert.deepEqual([images.spec.path, application.spec.source.path], ["./images", "images"]);
    assert.deepEqual([images.spec.wait, apps.spec.dependsOn], [true, [{ name: images.metadata.name }]]);
    const { annotations } = job.metadata;
    assert.equal(annotations["kustomize.toolkit.fluxcd.io/force"], "enabled");
    assert.equal(annotations["argocd.argoproj.io/hook-delete-policy"], "BeforeHookCreation");
  });
});

describe("the recipes for pipelines", () => {
  it("have a scheduled job that fits GitLab's schema and the example", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    const [, job = ""] = /```yaml\n(mirror:\n[\s\S]*?)```/.exec(read("docs/recipes/ci.md")) ?? [];
    const pipeline = `${read("examples/gitlab-ci/.gitlab-ci.yml")}\n${job}`;
    assert.ok(parse(pipeline).mirror.script);
    assert.deepEqual(pipelineProblems("gitlab-ci", parse(pipeline)), []);
    assert.notDeepEqual(
      pipelineProblems("gitlab-ci", parse(pipeline.replace("resource_group:", "resourcegroup:"))),
      [],
    );
  });

  it("have a scheduled job that builds on a job of the component, in one of the example's stages", () => {
    const [, job = ""] = /```yaml\n(mirror:\n[\s\S]*?)```/.exec(read("docs/recipes/ci.md")) ?? [];
    const { mirror } = parse(job);
    const [, component] = parseAllDocuments(read("templates/sync.yml")).map((document) => document.toJS());
    assert.ok(component[mirror.extends].before_script.some((line: string) => line.startsWith("imgsync()")));
    assert.ok(parse(read("examples/gitlab-ci/.gitlab-ci.yml")).stages.includes(mirror.stage));
  });

  it("have a Jenkinsfile whose braces and quotes are closed", () => {
    assert.deepEqual(openParts(read("examples/jenkins/Jenkinsfile")), []);
    assert.deepEqual(openParts("pipeline { stages { sh 'x' }"), ["{"]);
    assert.deepEqual(openParts("pipeline { sh 'x }"), ["{", "'"]);
  });
});

describe("the imgsync commands in recipes and pipelines", async () => {
  const program = new Command("imgsync");
  for (const add of await loadCommands(["help"])) add(program, () => async () => {});
  const files = [
    ...globSync("docs/recipes/*.md", { cwd: root }),
    "examples/jenkins/Jenkinsfile",
    "examples/gitlab-ci/.gitlab-ci.yml",
  ];

  it("have flags that exist", () => {
    const commands = files.flatMap((file) => commandsIn(file.endsWith(".md") ? codeOf(read(file)) : read(file)));
    assert.ok(commands.length > 12, `${commands.length} commands`);
    assert.deepEqual(
      commands.flatMap((command) => unknownParts(command, program)),
      [],
    );
  });

  it("would be caught with a flag that does not exist", () => {
    const [wrong = [], good = []] = commandsIn(
      `${codeOf("x `imgsync plan --outt a`")}\n"$DIR/bin/imgsync" plan --out plan.json > a`,
    );
    assert.deepEqual(unknownParts(wrong, program), ["plan --outt"]);
    assert.deepEqual(unknownParts(good, program), []);
    assert.deepEqual(unknownParts(["aply"], program), ["aply"]);
  });
});

it("every recipe is in the list of README.md", () => {
  const readme = read("README.md");
  for (const path of globSync("docs/recipes/*.md", { cwd: root })) assert.ok(readme.includes(`](${path})`), path);
});

/** Returns the code of a page, each part on lines of its own. */
function codeOf(page: string): string {
  return Array.from(page.matchAll(/^```\w*\n([\s\S]*?)^```|`([^`\n]+)`/gm), ([, block, span]) => block ?? span).join(
    "\n",
  );
}

/** Returns the words after `imgsync` of each command, to the end of its line or code. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const found = text.matchAll(/(?:^|^ *- |[/'])imgsync"? +([a-z][a-z-]*(?: +[^\n`|>]+)?)/gm);
  return Array.from(found, ([, words = ""]) => words.trim().split(/ +/)).filter(([first = ""]) =>
    /^[a-z-]+$/.test(first),
  );
}

/** Returns the command if it does not exist, and its unknown flags. */
function unknownParts([name = "", ...words]: readonly string[], program: Command): readonly string[] {
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) return [name];
  const flags = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  const used = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/[='").,].*$/, ""));
  return used.filter((flag) => flag !== "--help" && !flags.has(flag)).map((flag) => `${name} ${flag}`);
}

/** Returns the quotes and braces that a Groovy file leaves open. */
function openParts(text: string): readonly string[] {
  const open: string[] = [];
  // an address is no comment
  for (const [part] of text.replaceAll("://", ":").matchAll(/\/\/.*$|'''|["'{}()[\]]/gm)) {
    const last = open.at(-1) ?? "";
    if (part.startsWith("//")) continue;
    if (/["']/.test(last)) {
      if (part === last) open.pop();
    } else if (CLOSING[part] === undefined) open.push(part);
    else if (last === CLOSING[part]) open.pop();
    else return [...open, part];
  }
  return open;
}

const CLOSING: Readonly<Record<string, string>> = { "}": "{", ")": "(", "]": "[" };
