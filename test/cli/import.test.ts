import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, commandLine, finished, makeFolder, runCli } from "../support/cli.ts";
import { spawn } from "node:child_process";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

async function world(files: Readonly<Record<string, string>>) {
  const source = await start();
  const target = await start();
  const folder = await makeFolder();
  onEnd(folder.remove);
  for (const tag of ["1.0", "1.1", "1.2-rc1", "latest"]) source.putImage("team/app", tag, smallImage(tag.length));
  for (const [name, text] of Object.entries(files)) {
    await folder.write(name, text.replaceAll("SOURCE", source.host).replaceAll("TARGET", target.host));
  }
  const run = (...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: folder.path });
  return { source, target, folder, run };
}

const REGSYNC = `creds:
  - { registry: SOURCE, user: me, pass: hunter2, tls: disabled }
  - { registry: TARGET, tls: disabled }
sync:
  - source: SOURCE/team/app
    target: TARGET/mirror/app
    type: repository
    tags: { allow: ["1\\\\..*"], deny: [".*-rc.*"] }
  - { source: "SOURCE/team/app:latest", target: "TARGET/mirror/app:stable", type: image }
`;

describe("imgsync import", () => {
  it("turns a regsync file into a manifest that is planned, applied and proven equal in three commands", async () => {
    const { run, folder, target } = await world({ "regsync.yml": REGSYNC });
    const imported = await run("import", "regsync.yml", "--output", "images.yaml");
    assert.equal(imported.code, 0, imported.stderr);
    assert.equal(imported.stdout, "");
    assert.match(imported.stderr, /not carried over:\n {2}regsync\.yml:2: the credentials for /);
    assert.doesNotMatch(imported.stderr + (await folder.read("images.yaml")), /hunter2/);
    assert.match((await run("plan")).stdout, /plan: 3 to create/);
    assert.equal((await run("apply", "--yes")).code, 0);
    assert.deepEqual([...target.store.tags("mirror/app").keys()].toSorted(), ["1.0", "1.1", "stable"]);
    const check = await run("import", "--check", "regsync.yml", "images.yaml");
    assert.equal(check.code, 0, check.stderr);
    assert.equal(check.stdout, "tags: 3 the same, with the tags of 1 repository\n");
  });

  it("never overwrites a file without --overwrite", async () => {
    const { run, folder } = await world({ "regsync.yml": REGSYNC, "images.yaml": "mine" });
    const refused = await run("import", "regsync.yml", "-o", "images.yaml");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /"images\.yaml" already exists/);
    assert.equal(await folder.read("images.yaml"), "mine");
    assert.equal((await run("import", "regsync.yml", "-o", "images.yaml", "--overwrite")).code, 0);
    assert.match(await folder.read("images.yaml"), /^# Imported from regsync\.yml/);
  });

  it("refuses flags that would have no effect, and an output that is one of its files", async () => {
    const { run, folder } = await world({ "regsync.yml": REGSYNC });
    const before = await folder.read("regsync.yml");
    for (const [words, message] of [
      [["--overwrite"], /--overwrite is only used with --output/],
      [["--paths", "flatten"], /--paths is only used with --target/],
      [["-o", "./regsync.yml", "--overwrite"], /--output "\.\/regsync\.yml" would replace a file that is imported/],
    ] as const) {
      const { code, stderr } = await run("import", "regsync.yml", ...words);
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
    assert.equal(await folder.read("regsync.yml"), before);
  });

  it("exits with 4 if an image is left out, and writes the others", async () => {
    const { run } = await world({ "list.txt": "a/app:1\nb/app:1\n" });
    const result = await run("import", "list.txt", "--target", "reg.example.com/m", "--paths", "flatten");
    assert.equal(result.code, 4);
    assert.match(result.stdout, /source: docker\.io\/a\/app\n/);
    assert.match(result.stderr, /images that are left out or differ:\n {2}list\.txt:2: /);
  });

  it("reads the standard input", async () => {
    const { folder } = await world({});
    const { words, env } = commandLine(["import", "-", "--target", "reg.example.com/m"], { cwd: folder.path });
    const [program = "", ...args] = words;
    const child = spawn(program, args, { cwd: folder.path, env, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end("nginx:1.27\n");
    const result = await finished(child);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^# Imported from standard input \(a list of images\)\./);
  });

  it("says what to do if the format or the target is not known", async () => {
    const { run } = await world({ "odd.yaml": "a: { b: c }\n", "list.txt": "nginx:1\n" });
    const odd = await run("import", "odd.yaml");
    assert.equal(odd.code, 1);
    assert.match(odd.stderr, /the format of "odd\.yaml" is not known[^]*name it with --from: regsync, /);
    const list = await run("import", "list.txt");
    assert.equal(list.code, 1);
    assert.match(list.stderr, /does not say where the images go[^]*--target HOST\/PATH/);
    const missing = await run("import", "gone.yml");
    assert.match(missing.stderr, /"gone\.yml" does not exist[^]*\[MANIFEST_UNREADABLE\]/);
  });
});

describe("imgsync import --check", () => {
  it("shows each difference with its lines, and exits with 2", async () => {
    const { run, folder } = await world({ "regsync.yml": REGSYNC });
    assert.equal((await run("import", "regsync.yml", "-o", "images.yaml")).code, 0);
    const text = await folder.read("images.yaml");
    await folder.write(
      "images.yaml",
      text.replace("- from: latest", '- from: "1.1"').replace(/ {8}exclude:\n.*\n/, ""),
    );
    const check = await run("import", "--check", "regsync.yml", "images.yaml");
    assert.equal(check.code, 2, check.stderr);
    assert.match(
      check.stdout,
      /added {4}\S+\/mirror\/app:1\.2-rc1 {2}from \S+\/team\/app:1\.2-rc1 {2}images\.yaml:\d+\n/,
    );
    assert.match(check.stdout, /missing {2}\S+\/mirror\/app:stable {2}from \S+\/team\/app:latest {2}regsync\.yml:9\n/);
    assert.match(check.stdout, /\ntags: 2 the same, 1 missing in the manifest, 2 only in the manifest, /);
  });

  it("compares with recorded tags and without a network, and exits with 1 if some are not recorded", async () => {
    const { run, source, folder } = await world({ "regsync.yml": REGSYNC });
    await run("import", "regsync.yml", "-o", "images.yaml");
    await folder.write("tags.json", JSON.stringify({ [`${source.host}/team/app`]: ["1.0", "2.0"] }));
    const check = await run("import", "--check", "regsync.yml", "images.yaml", "--tags", "tags.json");
    assert.deepEqual([check.code, check.stdout], [0, "tags: 2 the same, with the tags of 1 repository\n"]);
    assert.equal(source.log.length, 0);
    await folder.write("tags.json", "{}");
    const unknown = await run("import", "--check", "regsync.yml", "images.yaml", "--tags", "tags.json");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stdout, /unknown {2}\S+\/team\/app {2}its tags are not in "tags\.json" {2}regsync\.yml:5/);
  });

  it("does not call a registry that cannot be read equal", async () => {
    const { run, folder } = await world({});
    await folder.write("list.yml", "127.0.0.1:1/a/b: 127.0.0.1:1/c/d\n");
    await folder.write(
      "images.yaml",
      "version: 1\nregistries: { '127.0.0.1:1': { plainHttp: true } }\nimages:\n  - { source: 127.0.0.1:1/a/b, target: 127.0.0.1:1/c/d, tags: [{ glob: '*' }] }\n",
    );
    const check = await run("import", "--check", "list.yml", "images.yaml");
    assert.equal(check.code, 1);
    assert.match(check.stdout, /unknown {2}127\.0\.0\.1:1\/a\/b {2}/);
  });
});

describe("another command", () => {
  it("names the import for a file of another tool, in place of its unknown keys", async () => {
    const { run } = await world({ "regsync.yml": REGSYNC, "skopeo.yaml": "quay.io: { images: { a/b: [v1] } }\n" });
    for (const command of ["validate", "plan"]) {
      const result = await run(command, "--file", "regsync.yml");
      assert.equal(result.code, 1);
      assert.match(result.stderr, /^regsync\.yml:1:1: error: this is not an images\.yaml: its format is regsync\n/);
      assert.match(result.stderr, /hint: convert it with imgsync import regsync\.yml\n/);
      assert.doesNotMatch(result.stderr, /unknown key|hunter2/);
    }
    assert.match(
      (await run("validate", "-f", "skopeo.yaml")).stderr,
      /imgsync import skopeo\.yaml --target HOST\/PATH/,
    );
  });
});
