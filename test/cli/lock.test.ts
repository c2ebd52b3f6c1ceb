import assert from "node:assert/strict";
import { chmod, lstat, mkdir, readdir, readFile, rename, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly folder: Awaited<ReturnType<typeof makeFolder>>;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly mapping: (tags: string) => Promise<void>;
  readonly readLock: () => Promise<string>;
};

const TAGS = '[{ semver: ">=1.25", latest: 2 }, { from: edge, to: [edge, "${X:-new}"] }]';

async function world(): Promise<World> {
  const source = await start();
  const target = await start();
  const folder = await makeFolder();
  onEnd(folder.remove);
  for (const [at, tag] of ["1.25.0", "1.26.0", "1.27.0", "edge"].entries())
    source.putImage("app", tag, smallImage(at + 1));
  const mapping = (tags: string): Promise<void> =>
    folder.write(
      "images.yaml",
      `version: 1\nregistries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\nimages:\n  - source: ${source.host}/app\n    target: ${target.host}/app\n    referrers: with-copy\n    tags: ${tags}\n`,
    );
  await mapping(TAGS);
  return {
    source,
    folder,
    mapping,
    run: (...args) => runCli(args, { cwd: folder.path }),
    readLock: () => readFile(join(folder.path, "images.lock.yaml"), "utf8"),
  };
}

describe("imgsync lock", () => {
  it("writes every selected tag with its digest, and the same bytes for any order of mappings", async () => {
    const { run, readLock, source, mapping, folder } = await world();
    const { code, stdout } = await run("lock");
    assert.equal(code, 0);
    assert.match(stdout, /images\.lock\.yaml: written; 2 mappings, 3 differences/);
    const text = await readLock();
    assert.ok(text.startsWith("# Written by imgsync lock"));
    assert.ok(text.includes(`      - 1.27.0@${smallImage(3).digest}\n`));
    assert.ok(text.includes(`  - source: "${source.host}/app"\n    mapping: "edge"\n`));
    await mapping('[{ from: edge, to: other }, { semver: ">=1.25", latest: 2 }]');
    assert.match((await run("lock")).stdout, /up to date/);
    assert.equal(await readLock(), text);
    assert.deepEqual((await readdir(folder.path)).filter((name) => name.includes("images")).toSorted(), [
      "images.lock.yaml",
      "images.yaml",
    ]);
  });

  it("keeps locked digests when upstream moves, and with --update updates what a pattern matches and shows what moved", async () => {
    const { run, source, readLock } = await world();
    await run("lock");
    source.putImage("app", "edge", smallImage(20));
    source.putImage("app", "1.28.0", smallImage(21));
    assert.match((await run("lock")).stdout, /up to date/);
    const one = await run("lock", "--update", `${source.host}/app:edge`);
    assert.match(one.stdout, /changed {2}\S+app:edge {2}sha256:\w{12} -> sha256:\w{12} {2}images\.yaml:9:\d+/);
    assert.ok(!(await readLock()).includes("1.28.0"));
    const all = await run("lock", "--update");
    assert.match(all.stdout, /added {4}\S+app:1\.28\.0/);
    assert.match(all.stdout, /removed {2}\S+app:1\.26\.0/);
    const none = await run("lock", "--update", "example.com/**");
    assert.equal(none.code, 1);
    assert.match(none.stderr, /matches no locked tag/);
  });

  it("writes nothing with --check, and exits 1 when upstream has moved a tag", async () => {
    const { run, source, readLock } = await world();
    assert.equal((await run("lock", "--check")).code, 1);
    await assert.rejects(readLock());
    await run("lock");
    assert.equal((await run("lock", "--check")).code, 0);
    const before = await readLock();
    source.putImage("app", "edge", smallImage(20));
    const { code, stdout } = await run("lock", "--check", "--format", "json");
    assert.equal(code, 1);
    const { state, changes } = JSON.parse(stdout);
    assert.equal(state, "outdated");
    assert.equal(changes.length, 1);
    assert.equal(changes[0].now, smallImage(20).digest);
    assert.equal(changes[0].positions[0].line, 9);
    assert.equal(await readLock(), before);
  });

  it("adds missing tags, drops those no longer in the manifest, and writes nothing when a tag does not exist", async () => {
    const { run, mapping, readLock } = await world();
    await run("lock");
    await mapping("[edge, 1.25.0]");
    const { stdout } = await run("lock");
    assert.match(stdout, /added {4}\S+app:1\.25\.0/);
    assert.match(stdout, /removed {2}\S+app:1\.27\.0 .* no longer in the manifest/);
    const before = await readLock();
    await mapping("[edge, missing]");
    const failed = await run("lock");
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /error {4}images\.yaml:9:\d+ .*missing" \[SOURCE_NOT_FOUND\]\n +hint: check the name/);
    assert.equal(await readLock(), before);
  });
});

describe("a manifest with a lock file", () => {
  it("is planned and applied as locked, without a request to the source once the target is in sync", async () => {
    const { run, source } = await world();
    await run("lock");
    source.putImage("app", "edge", smallImage(20));
    source.putImage("app", "1.28.0", smallImage(21));
    const planned = await run("plan");
    assert.match(planned.stdout, /note: locked as edge/);
    assert.ok(!planned.stdout.includes("1.28.0"));
    assert.equal((await run("plan", "--out", "plan.json")).code, 0);
    assert.equal((await run("apply", "plan.json", "--yes")).code, 0);
    source.clearLog();
    const settled = await run("plan", "--detailed-exitcode", "--format", "json");
    assert.equal(settled.code, 0);
    const { changes } = JSON.parse(settled.stdout);
    assert.deepEqual(
      changes.map((change: { target: string; wanted: string }) => [change.target.split(":").at(-1), change.wanted]),
      [
        ["1.26.0", smallImage(2).digest],
        ["1.27.0", smallImage(3).digest],
        ["edge", smallImage(4).digest],
        ["new", smallImage(4).digest],
      ],
    );
    assert.equal(source.countRequests(), 0);
    assert.match((await run("plan", "--no-lock")).stdout, /1\.28\.0/);
  });

  it("makes a saved plan outdated when the lock changes", async () => {
    const { run, source } = await world();
    await run("lock");
    await run("plan", "--out", "plan.json");
    source.putImage("app", "edge", smallImage(20));
    await run("lock", "--update");
    const { code, stderr } = await run("apply", "plan.json", "--yes");
    assert.equal(code, 1);
    assert.match(stderr, /\[PLAN_OUTDATED\]/);
  });

  it("causes an error with a position for a mapping that is not locked, and a warning for a locked one that it no longer has", async () => {
    const { run, mapping } = await world();
    const without = await run("plan", "--locked");
    assert.equal(without.code, 1);
    assert.match(without.stderr, /there is no lock file "images\.lock\.yaml" \[LOCK_OUTDATED\]/);
    await run("lock");
    await mapping('["1.25.0", edge]');
    for (const command of ["validate", "plan", "apply"]) {
      const { code, stderr } = await run(command);
      assert.equal(code, 1);
      assert.match(stderr, /images\.yaml:9:\d+: not locked: 1\.25\.0 of /);
      assert.match(stderr, /run imgsync lock/);
      assert.match(stderr, /is no longer in the manifest/);
    }
    assert.equal((await run("validate", "--no-lock")).code, 0);
  });

  it("is refused if the lock file is invalid", async () => {
    const { run, folder } = await world();
    const digest = smallImage(1).digest;
    const bad = [
      "",
      "version: 2\nlocked: []\n",
      "version: 1\nlocked: []\nmore: 1\n",
      "version: 1\nlocked: [{ source: app, mapping: a, tags: [] }]\n",
      `version: 1\nlocked: [{ source: docker.io/library/app, mapping: a, tags: [a@sha256:12] }]\n`,
      `version: 1\nlocked: [{ source: docker.io/library/app, mapping: a, tags: [a@${digest}, a@${digest}] }]\n`,
      `version: 1\nlocked: &a [*a]\n`,
      `version: 1\nlocked: ${"[".repeat(100)}${"]".repeat(100)}\n`,
    ];
    for (const text of bad) {
      await folder.write("images.lock.yaml", text);
      const { code, stderr } = await run("validate");
      assert.equal(code, 1, text);
      assert.match(stderr, /\[LOCK_INVALID\]/, text);
    }
  });

  it("is refused if the lock file is a link out of its folder", async () => {
    const { run, folder } = await world();
    await symlink("/etc/hosts", join(folder.path, "images.lock.yaml"));
    const { code, stderr } = await run("validate");
    assert.equal(code, 1);
    assert.match(stderr, /leads out of its folder \[LOCK_INVALID\]/);
  });

  it("leaves an up-to-date lock file untouched, and does not write to a read-only one", async () => {
    const { run, folder, source } = await world();
    await run("lock");
    const path = join(folder.path, "images.lock.yaml");
    await chmod(path, 0o444);
    const before = await stat(path, { bigint: true });
    assert.match((await run("lock")).stdout, /up to date/);
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    assert.deepEqual({ ino, mtimeNs }, { ino: before.ino, mtimeNs: before.mtimeNs });
    source.putImage("app", "edge", smallImage(20));
    const refused = await run("lock", "--update");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /images\.lock\.yaml is read-only \[OUTPUT_FAILED\]/);
    await chmod(path, 0o664);
    assert.equal((await run("lock", "--update")).code, 0);
    assert.equal((await stat(path)).mode & 0o777, 0o664);
  });

  it("keeps a lock file that is a link within its folder, and writes the file that it points to", async () => {
    const { run, folder, source, readLock } = await world();
    await mkdir(join(folder.path, "locks"));
    await run("lock");
    const [path, real] = [join(folder.path, "images.lock.yaml"), join(folder.path, "locks", "real.yaml")];
    await rename(path, real);
    await symlink("locks/real.yaml", path);
    source.putImage("app", "edge", smallImage(20));
    assert.equal((await run("lock", "--update")).code, 0);
    assert.ok((await lstat(path)).isSymbolicLink());
    assert.ok((await readLock()).includes(smallImage(20).digest));
    assert.deepEqual(await readdir(join(folder.path, "locks")), ["real.yaml"]);
  });

  it("does not create a lock file through a link out of its folder", async () => {
    const { run, folder } = await world();
    const outside = await makeFolder();
    onEnd(outside.remove);
    await symlink(join(outside.path, "new.yaml"), join(folder.path, "images.lock.yaml"));
    const { code, stderr } = await run("lock");
    assert.equal(code, 1);
    assert.match(stderr, /leads out of its folder \[LOCK_INVALID\]/);
    assert.deepEqual(await readdir(outside.path), []);
  });
});
