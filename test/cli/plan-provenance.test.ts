import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { requirePrograms, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const hasGit = (t: TestContext): boolean => requirePrograms(t, "git");

const MANIFEST = "version: 1\ninclude: [teams/*.yaml]\n";
const TEAM = "version: 1\nimmutable: [{ repositories: 'r.example/**' }]\n";

/** A folder with a manifest of two files that needs no registry. */
async function lab() {
  const folder = await makeFolder({ "images.yaml": MANIFEST });
  onEnd(folder.remove);
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(join(folder.path, name, ".."), { recursive: true });
    await writeFile(join(folder.path, name), text);
  };
  await write("teams/a.yaml", TEAM);
  const git = (...args: readonly string[]) =>
    runProgramOk("git", ["-C", folder.path, "-c", "user.name=a", "-c", "user.email=a@b.test", ...args]);
  const commit = async (): Promise<string> => {
    await git("add", "--all");
    await git("commit", "--quiet", "--message=x");
    return Buffer.from((await git("rev-parse", "HEAD")).stdout)
      .toString()
      .trim();
  };
  /** Returns the lines of the page that say what the plan was made from. */
  const made = async (args: readonly string[] = [], environment = {}): Promise<string> => {
    const run = await runCli(["plan", "--format", "html", ...args], { cwd: folder.path, environment });
    assert.equal(run.code, 0, run.stderr);
    const [, head = ""] = /<header>(.*)<\/header>/s.exec(run.stdout) ?? [];
    assert.ok(!run.stdout.includes(folder.path), "the page has no absolute path");
    return head.replaceAll(/<[^>]*>/g, "").replaceAll(/\s+/g, " ");
  };
  return { folder: folder.path, write, git, commit, made };
}

describe("the page of a plan", () => {
  it("names the commit of its manifest, and says if a file of it differs", async (t) => {
    if (!hasGit(t)) return;
    const { write, git, commit, made } = await lab();
    await git("init", "--quiet");
    assert.doesNotMatch(await made(), /Git/, "before the first commit");
    const first = await commit();
    assert.match(await made(), /Made 20[-0-9]+ [:0-9]+ UTC by imgsync \d+\.\d+\.\d+ from images\.yaml at Git revision/);
    assert.ok((await made()).includes(`at Git revision ${first}.`));
    await write("other.txt", "not a part of the manifest");
    assert.ok((await made()).includes(`at Git revision ${first}.`));
    await write("teams/a.yaml", `${TEAM}# changed\n`);
    const changed = `at Git revision ${first} with changes that are not committed.`;
    assert.ok((await made()).includes(changed));
    await git("checkout", "--quiet", "--", "teams/a.yaml");
    await write("images.lock.yaml", "version: 1\nimages: []\n");
    assert.ok((await made(["--no-lock"])).includes(`at Git revision ${first}.`), "the lock file is not used");
    await write("teams/b.yaml", TEAM);
    assert.ok((await made(["--no-lock"])).includes(changed), "a new file");
    const second = await commit();
    assert.ok((await made(["--no-lock"])).includes(`at Git revision ${second}.`));
    assert.ok((await made(["--no-lock", "--since", "HEAD~1"])).includes("Only entries that changed since HEAD~1."));
  });

  it("runs no filter of the repository, and follows a link to the manifest", async (t) => {
    if (!hasGit(t)) return;
    const { folder, write, git, commit, made } = await lab();
    await git("init", "--quiet");
    await write(".gitattributes", "*.yaml filter=evil\n");
    const revision = await commit();
    await git("config", "filter.evil.clean", `touch ${folder}/obeyed; cat`);
    await git("config", "core.fsmonitor", `touch ${folder}/obeyed`);
    await symlink("images.yaml", join(folder, "link.yaml"));
    assert.ok((await made(["--file", "link.yaml"])).includes(`from link.yaml at Git revision ${revision}.`));
    await assert.rejects(runProgramOk("ls", [join(folder, "obeyed")]));
  });

  it("says what else is known without git, and shows a manifest elsewhere by its name", async () => {
    const { folder, made, write } = await lab();
    const plain = await made([], { PATH: "/nowhere" });
    assert.match(plain, /from images\.yaml\./);
    assert.doesNotMatch(plain, /Git/);
    await write("deploy/here", "");
    const run = await runCli(["plan", "--format", "html", "--file", "../images.yaml"], { cwd: join(folder, "deploy") });
    assert.match(run.stdout, /from\s+<code>images\.yaml<\/code>/);
  });
});
