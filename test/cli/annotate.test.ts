import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const BROKEN = "version: 1\nimages:\n  - sauce: nginx\n    target: registry.test/nginx\n";
const ENTRY = "  - { source: 127.0.0.1:9/a:1, target: 127.0.0.1:9/b:1 }\n";

async function folderWith(text: string) {
  const folder = await makeFolder({ "images.yaml": text });
  onEnd(folder.remove);
  return folder;
}

describe("imgsync --annotations", () => {
  it("annotates the manifest's lines with the errors of validate for GitHub", async () => {
    const { path } = await folderWith(BROKEN);
    const { code, stderr, stdout } = await runCli(["validate", "--annotations", "github"], { cwd: path });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^::error file=images\.yaml,line=3,col=5,title=imgsync MANIFEST_INVALID::.*sauce/m);
  });

  it("writes GitLab's report, also when plan fails on an invalid manifest", async () => {
    const folder = await folderWith(BROKEN);
    const { code } = await runCli(["plan", "--annotations", "gitlab"], { cwd: folder.path });
    assert.equal(code, 1);
    const [issue] = JSON.parse(await folder.read("gl-code-quality-report.json"));
    assert.deepEqual(issue.location, { path: "images.yaml", lines: { begin: 3 } });
  });

  it("writes an empty report to the given file when nothing is wrong", async () => {
    const folder = await folderWith(`version: 1\nimages:\n${ENTRY}`);
    const { code } = await runCli(["validate", "--annotations", "gitlab=quality.json"], { cwd: folder.path });
    assert.equal(code, 0);
    assert.equal(await folder.read("quality.json"), "[]\n");
  });

  it("annotates the failures of a plan, with paths from the repository's root", async () => {
    const { path } = await folderWith(
      `version: 1\nregistries: { "127.0.0.1:9": { plainHttp: true } }\nimages:\n${ENTRY}`,
    );
    const environment = { GITHUB_WORKSPACE: `${path}/..` };
    const { code, stderr } = await runCli(["plan", "--annotations", "github"], { cwd: path, environment });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^::error file=imgsync-test-\w+\/images\.yaml,line=4,col=5,title=imgsync REGISTRY_UNREACHABLE::/m,
    );
  });

  it("lists the accepted values when the value is invalid", async () => {
    const { path } = await folderWith(BROKEN);
    for (const value of ["gitea", "github=x", "gitlab="]) {
      const { code, stderr } = await runCli(["validate", "--annotations", value], { cwd: path });
      assert.equal(code, 1);
      assert.match(stderr, /write github, gitlab, or gitlab=FILE/);
    }
  });
});
