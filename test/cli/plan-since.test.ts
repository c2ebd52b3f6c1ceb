import assert from "node:assert/strict";
import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { requirePrograms, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

/** A Git repository, and the registry that its manifests use. */
async function lab() {
  const registry = await start();
  const folder = await makeFolder();
  onEnd(folder.remove);
  const git = (...args: readonly string[]) =>
    runProgramOk("git", ["-C", folder.path, "-c", "user.name=a", "-c", "user.email=a@b.test", ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  const head = `version: 1\nregistries: { "${registry.host}": { plainHttp: true } }\n`;
  const entry = (name: string, tags = "[v1]"): string =>
    `  - { source: ${registry.host}/up/${name}, target: ${registry.host}/our/${name}, tags: ${tags} }\n`;
  const manifest = (...entries: readonly string[]): string => `${head}images:\n${entries.join("")}`;
  const commit = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder.path, name, ".."), { recursive: true });
      await writeFile(join(folder.path, name), text);
    }
    await git("add", "--all");
    await git("commit", "--quiet", "--allow-empty", "--message=x");
  };
  const plan = async (since = "HEAD~1", ...more: readonly string[]) => {
    const { code, stdout, stderr } = await runCli(["plan", "--since", since, "--format", "json", ...more], {
      cwd: folder.path,
    });
    const changes: readonly { target: string }[] = code === 1 && stdout === "" ? [] : JSON.parse(stdout).changes;
    const targets = changes.map(({ target }) => target.replace(`${registry.host}/our/`, ""));
    return { code, stdout, stderr: stderr.replaceAll(`${registry.host}/our/`, ""), targets };
  };
  return { registry, folder: folder.path, git, head, entry, manifest, commit, plan };
}

const hasGit = (t: TestContext): boolean => requirePrograms(t, "git");

describe("imgsync plan --since", () => {
  it("plans no deletes, since a part of the manifest does not show which tags are orphaned", async (t) => {
    if (!hasGit(t)) return;
    const { registry, commit, manifest, entry, plan } = await lab();
    registry.putImage("up/a", "1.1.0", smallImage(1));
    for (const tag of ["1.0.0", "1.1.0"]) registry.putImage("our/a", tag, smallImage(1));
    const pruning = entry("a", "[{ semver: '*' }], prune: true");
    await commit({ "images.yaml": manifest() });
    await commit({ "images.yaml": manifest(pruning) });
    assert.deepEqual((await plan()).targets, ["a:1.1.0"]);
  });

  it("plans changed entries, and entries that share a target with one", async (t) => {
    if (!hasGit(t)) return;
    const { commit, manifest, entry, plan } = await lab();
    await commit({ "images.yaml": manifest(entry("a"), entry("b"), entry("c")) });
    const more = entry("b").replace("up/b", "up/other").replace("[v1]", "[v9]");
    await commit({
      "images.yaml": manifest("# moved down\n", entry("a"), entry("b"), entry("c", "[v1, v2]"), entry("d"), more),
    });
    assert.deepEqual((await plan()).targets, ["b:v1", "c:v1", "c:v2", "d:v1", "b:v9"]);
  });

  it("reports no changes when only comments changed", async (t) => {
    if (!hasGit(t)) return;
    const { commit, manifest, entry, plan, folder } = await lab();
    await commit({ "images.yaml": manifest(entry("a")) });
    await commit({ "images.yaml": manifest("# a comment\n", entry("a")) });
    const { code, targets } = await plan("HEAD~1", "--only", "**");
    assert.deepEqual([code, targets], [0, []]);
    const { stdout } = await runCli(["plan", "--since", "HEAD~1"], { cwd: folder });
    assert.equal(stdout, "No changes. No entry of the manifest changed.\n");
  });

  it("lists orphaned tags, except those that a selector may still select", async (t) => {
    if (!hasGit(t)) return;
    const { commit, manifest, entry, plan } = await lab();
    const glob = '[{ glob: "v*" }]';
    await commit({ "images.yaml": manifest(entry("a", "[v1, v2]"), entry("b", "[v1, x]"), entry("c", glob)) });
    await commit({ "images.yaml": manifest(entry("a"), entry("b", '[{ glob: "v*" }]')) });
    const { stderr } = await plan();
    const lines = stderr.split("\n").filter((line) => line.includes("no longer in the manifest"));
    assert.deepEqual(
      lines.map((line) => /no longer in the manifest: (\S+) /.exec(line)?.[1]),
      ["a:v2", "b:x", "c:*"],
    );
  });

  it("treats entries under a changed default, rule or registry as changed", async (t) => {
    if (!hasGit(t)) return;
    const { commit, manifest, entry, plan, registry } = await lab();
    const text = manifest(entry("a"), entry("b"));
    await commit({ "images.yaml": text });
    await commit({ "images.yaml": `${text}defaults: { referrers: false }\n` });
    assert.deepEqual((await plan()).targets, ["a:v1", "b:v1"]);
    await commit({ "images.yaml": text });
    await commit({ "images.yaml": `${text}immutable: [{ repositories: "${registry.host}/our/b" }]\n` });
    assert.deepEqual((await plan()).targets, ["b:v1"]);
    await commit({ "images.yaml": text });
    await commit({ "images.yaml": text.replace("plainHttp: true", "plainHttp: true, auth: { anonymous: true }") });
    assert.deepEqual((await plan()).targets, ["a:v1", "b:v1"]);
  });

  it("reads the includes of that revision, and follows renames", async (t) => {
    if (!hasGit(t)) return;
    const { commit, head, entry, plan, folder, git } = await lab();
    const root = `include: [teams/*.yaml]\n${head}images:\n${entry("root")}`;
    const team = (...entries: readonly string[]): string => `version: 1\nimages:\n${entries.join("")}`;
    await commit({ "images.yml": root, "teams/a.yaml": team(entry("a")), "teams/b.yaml": team(entry("b")) });
    await git("mv", "images.yml", "images.yaml");
    await rename(join(folder, "teams", "a.yaml"), join(folder, "teams", "z.yaml"));
    await commit({ "teams/b.yaml": team(entry("b"), entry("c")) });
    const { targets, stderr } = await plan();
    assert.deepEqual(targets, ["c:v1"], stderr);
  });

  it("compares with the merge base, not with later commits of the other branch", async (t) => {
    if (!hasGit(t)) return;
    const { commit, manifest, entry, plan, git } = await lab();
    await commit({ "images.yaml": manifest(entry("a")) });
    await git("switch", "--quiet", "--create", "topic");
    await commit({ "images.yaml": manifest(entry("a"), entry("mine")) });
    await git("switch", "--quiet", "main");
    await commit({ "images.yaml": manifest(entry("a"), entry("theirs")) });
    await git("switch", "--quiet", "topic");
    const { targets, stderr } = await plan("main");
    assert.deepEqual(targets, ["mine:v1"]);
    assert.doesNotMatch(stderr, /no longer in the manifest/);
  });

  it("treats every entry as changed when that revision has no valid manifest", async (t) => {
    if (!hasGit(t)) return;
    const { commit, manifest, entry, plan, folder } = await lab();
    await commit({ README: "nothing yet" });
    await commit({ "images.yaml": "version: 1\nimage: oops\n" });
    await rm(join(folder, "images.yaml"));
    await symlink("README", join(folder, "images.yaml"));
    await commit({});
    await rm(join(folder, "images.yaml"));
    await commit({ "images.yaml": manifest(entry("a")) });
    for (const [since, why] of [
      ["HEAD~3", "was not there"],
      ["HEAD~2", "was not valid"],
      ["HEAD~1", "was a link"],
    ] as const) {
      const { targets, stderr } = await plan(since);
      assert.deepEqual(targets, ["a:v1"]);
      assert.match(stderr, new RegExp(`${why}, so every entry counts as changed`));
    }
  });

  it("refuses an invalid revision, and never passes it to git as an option", async (t) => {
    if (!hasGit(t)) return;
    const { commit, manifest, entry, plan, folder } = await lab();
    await commit({ "images.yaml": manifest(entry("a")) });
    for (const since of ["no-such-branch", "--output=stolen", "HEAD:images.yaml", "", "$(touch stolen)"]) {
      const { code, stderr } = await plan(since);
      assert.equal(code, 1);
      assert.match(stderr, /is not a revision of this repository \[USAGE\]/, since);
    }
    assert.equal((await readdir(folder)).includes("stolen"), false);
  });

  it("shows how to fetch the history that a shallow clone lacks", async (t) => {
    if (!hasGit(t)) return;
    const { commit, manifest, entry, folder } = await lab();
    await commit({ "images.yaml": manifest(entry("a")) });
    await commit({ "images.yaml": manifest(entry("a"), entry("b")) });
    const clone = await makeFolder();
    onEnd(clone.remove);
    await runProgramOk("git", ["clone", "--quiet", "--depth=1", `file://${folder}`, join(clone.path, "it")]);
    const { code, stderr } = await runCli(["plan", "--since", "HEAD~1"], { cwd: join(clone.path, "it") });
    assert.equal(code, 1);
    assert.match(stderr, /hint: this clone is shallow: fetch more of its history, with fetch-depth: 0/);
  });

  it("fails outside a Git repository, and in a bare one", async (t) => {
    if (!hasGit(t)) return;
    const { manifest, entry, head } = await lab();
    assert.ok(head);
    const folder = await makeFolder({ "images.yaml": manifest(entry("a")) });
    onEnd(folder.remove);
    const run = () => runCli(["plan", "--since", "HEAD"], { cwd: folder.path });
    assert.match((await run()).stderr, /needs a Git repository, and this folder is not in one \[USAGE\]/);
    await runProgramOk("git", ["init", "--quiet", "--bare", folder.path]);
    assert.match((await run()).stderr, /needs a Git repository, and this folder is not in one \[USAGE\]/);
  });
});
